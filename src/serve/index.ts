/** What serves by HTTP to few, and is kept from being held up by any: places, limits, a token. */
export { type Limits, type Listening, listenAt, removeStale, say } from './http.js';
export {
  mustBeGuarded,
  nameTrouble,
  type Place,
  placeOf,
  type Wanted,
} from './place.js';
export { isAuthorized, readToken } from './token.js';
