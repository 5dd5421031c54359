/** All pages of the manual. */
import type { Group } from '../command.js';
import { topics } from '../topics/index.js';
import { commandPage, groupPage, programPage } from './command-page.js';
import type { Page } from './page.js';
import { switchPage, wrapPage } from './program-pages.js';
import { topicPage } from './topic-page.js';

/** What pages are made of besides the commands and topics. */
export interface Sources {
  /** What `vhost-switch --help` prints. */
  switchHelp: string;
  /** The text of wrapper/README.md. */
  wrapReadme: string;
}

/** The pages, in no order that matters. */
export async function pagesOf(groups: readonly Group[], sources: Sources): Promise<Page[]> {
  const ofCommands = groups.flatMap((group) =>
    group.commands.map((command) => commandPage(command, group)),
  );
  return [
    programPage(groups),
    ...groups.map(groupPage),
    ...(await Promise.all(ofCommands)),
    ...(await Promise.all(topics.map(topicPage))),
    switchPage(sources.switchHelp),
    wrapPage(sources.wrapReadme),
  ];
}

export { fileOf, type Page } from './page.js';
export { type Edition, escaped, roff } from './roff.js';
