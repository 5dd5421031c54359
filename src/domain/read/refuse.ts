/** Makes the error for what cannot be kept. */
export type Refuse = (problem: string, remedy: string) => Error;
