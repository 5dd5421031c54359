export { attempt } from './attempt.js';
export { HostLook, lookAt } from './host.js';
export type { Found, Look, Rights, Root } from './look.js';
export { guardedFolder, guardedPlace, placeIn } from './place.js';
export { refused, StrictLook } from './strict.js';
