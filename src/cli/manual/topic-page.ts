import { blocksOf } from '../prose.js';
import { type Topic, topics } from '../topics/index.js';
import { type Page, type Part, part } from './page.js';

/** The page of a concept, such as vmlane-ports(7); its headings are sections. */
export async function topicPage(topic: Topic): Promise<Page> {
  const parts: Part[] = [{ heading: 'DESCRIPTION', body: [] }];
  for (const block of blocksOf(await topic.text())) {
    if (block.kind === 'heading') parts.push({ heading: block.text, body: [] });
    else parts.at(-1)?.body.push(block);
  }
  const others = topics.filter((one) => one !== topic).map(({ name }) => `vmlane-${name}(7)`);
  return {
    name: `vmlane-${topic.name}`,
    section: 7,
    summary: topic.summary,
    parts: [
      ...parts.filter(({ body }) => body.length > 0),
      ...part('SEE ALSO', { kind: 'pages', names: ['vmlane(1)', ...others] }),
    ],
  };
}
