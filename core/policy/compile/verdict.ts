// What a list or safeguard says of one fact: nothing, or a refusal with its rule, its words and the next step.

export interface Objection {
  readonly rule: string;
  readonly words: string;
  readonly hint: string;
}
