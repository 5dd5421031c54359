import { uriOfHere } from '../../../libvirt/uri.js';
import { answerDeadlineMs } from '../../../switch/deadline.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { WANTED } from '../../../web/listen.js';
import { command } from '../../command.js';
import { aborted, say, sayError } from '../../io.js';
import { json, text } from '../../options.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';

/** `vmlane web` */
export const webShow = command({
  path: ['web', 'show'],
  summary: 'A page that shows the switch: ports, rates, networks, addresses, drops, events',
  positionals: {},
  options: {
    ...controlSocket,
    ...connectOption,
    listen: text(
      'listen',
      `Serve it at ADDRESS:PORT or unix:PATH until interrupted [default: ${WANTED.usual}]`,
    ),
    'token-file': text(
      'token-file',
      'Only for who knows the token in this file; needed at another address than loopback',
      'file',
    ),
    json,
  },
  examples: [
    ['web', `serve it at http://${WANTED.usual}/, to this host only`],
    ['web --listen unix:/run/vmlane-web.sock', 'for ssh -L 8080:/run/vmlane-web.sock HOST'],
    [
      'web --listen [::]:19798 --token-file /etc/vmlane/web-token',
      'to others, too: the page asks for the token',
    ],
  ],
  async run({ listen, json: asJson = false, connect, ...values }, io) {
    const { serveWeb } = await import('../../../web/index.js');
    const { mustBeGuarded, placeOf, readToken } = await import('../../../serve/index.js');
    const place = placeOf(listen ?? WANTED.usual, WANTED);
    mustBeGuarded(place, values['token-file'] !== undefined, WANTED);
    // Of a switch that is named, nobody knows whose it is: it may be that host's, forwarded.
    if (connect !== undefined && values['control-socket'] === undefined)
      uriOfHere(connect, 'its guests');
    const token = values['token-file'] && (await readToken(values['token-file']));
    const stop = io.interrupted();
    const server = await serveWeb(place, {
      socket: controlSocketPath(values['control-socket'], io.env),
      uri: connect,
      env: io.env,
      token,
      deadlineMs: answerDeadlineMs(io.env),
      onChange: (trouble) => say(io, trouble?.message ?? 'the switch answers'),
      onError: (error) => sayError(io, error),
    });
    const url = place.kind === 'tcp' ? `http://${server.at}/` : server.at;
    if (asJson) io.out(`${JSON.stringify({ url })}\n`);
    else say(io, `the switch is shown at ${url}; Ctrl-C ends it`);
    await aborted(stop);
    await server.close();
    return 0;
  },
});
