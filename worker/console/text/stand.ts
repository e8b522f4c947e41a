// How far a request has come, as one word: the server writes it beside a card that it draws, so that the page knows whether the
// card is still as things are. Pure.

export interface Request {
  readonly state: string;
  readonly votes: readonly unknown[];
  readonly history: readonly unknown[];
}

export function standOf({ state, votes, history }: Request): string {
  return `${state}-${String(votes.length)}-${String(history.length)}`;
}
