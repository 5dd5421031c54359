/** What serves by HTTP to few, and is kept from being held up by any: places, limits, a token. */
export { LIMITS, type Limits, type Listening, listenAt, say } from './http.js';
export {
  isCalledLocally,
  isLoopback,
  mustBeGuarded,
  type Place,
  placeOf,
  type Wanted,
} from './place.js';
export { isAuthorized, readToken } from './token.js';
