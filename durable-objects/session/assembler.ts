// Puts the agent's messages together to statements: a Query is one, an Execute with the Parse, Bind and Describe before
// it is one, and what was prepared and never executed is one too. Tells the conversation what replies to expect.
// Forwards and stores nothing.

import {
  type Conversation,
  decodeFrontend,
  FRONTEND_CODES,
  type Frame,
  type DecodedFrontendMessage,
  mayCopyIn,
  PreparedState,
  type Undo,
} from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Mark } from "./gate/mark.ts";
import { functionParameters } from "./parameters.ts";
import { Statement } from "./statement.ts";

/** What the caller does with the frame. */
export type Assembled =
  | { readonly kind: "forward"; readonly statement: Statement | null }
  | { readonly kind: "copy"; readonly statement: Statement | null }
  | { readonly kind: "terminate" };

export class Assembler {
  readonly prepared = new PreparedState();
  readonly #conversation: Conversation<Statement, Mark>;
  #seq = 0;
  /** For the message that is being taken. */
  #mark: Mark | null = null;
  /** Collects the messages of an extended batch until its Execute, or its Sync. */
  #assembling: Statement | null = null;
  /** The last statement of the batch: a Close or Sync that follows belongs to it. */
  #last: Statement | null = null;
  /** A Sync came that belongs to no statement: the next one tells of it. */
  #strayed = false;

  readonly #onReleased: (statement: Statement) => void;

  /** `onReleased` gets a statement that no later message can belong to. */
  constructor(conversation: Conversation<Statement, Mark>, onReleased: (statement: Statement) => void) {
    this.#conversation = conversation;
    this.#onReleased = onReleased;
  }

  /** `now` in milliseconds. The error says what is malformed. */
  take(frame: Frame, now: number): Result<Assembled, string> {
    // Hot and opaque: not decoded.
    if (frame.code === FRONTEND_CODES.copy_data) {
      return ok({ kind: "copy", statement: this.#conversation.copying });
    }
    const decoded = decodeFrontend(frame);
    if (!decoded.ok) return err(decoded.error.detail);
    return this.message(decoded.value, now);
  }

  /** The same for one that is decoded. `mark` goes to the conversation. */
  message(message: DecodedFrontendMessage, now: number, mark: Mark | null = null): Result<Assembled, string> {
    this.#mark = mark;
    const assembled = this.#message(message, now);
    this.#mark = null;
    return assembled;
  }

  /** A Query message that is run one statement at a time: nothing is expected yet. */
  query(text: Uint8Array, now: number): Statement {
    this.#endBatch();
    const statement = this.#begin("query", "simple", now);
    statement.text = text;
    return statement;
  }

  /** A Query of one statement of it, or one that has to fail in its place. */
  step(statement: Statement, mark: Mark, copies: boolean): void {
    statement.unanswered++;
    this.#conversation.expect("query", statement, null, copies, mark);
  }

  /** An Execute that has to fail, so that PostgreSQL skips what follows up to the Sync. */
  failExecute(statement: Statement | null, mark: Mark): void {
    if (statement !== null) statement.unanswered++;
    const takeBack = (): void => {
      if (statement !== null) statement.unanswered--;
    };
    this.#conversation.expect("execute", statement, takeBack, false, mark);
  }

  /** Place in the session of the statement that an Execute would be, if it came now. */
  get nextExecute(): number {
    return this.#assembling?.seq ?? this.#seq + 1;
  }

  #message(message: DecodedFrontendMessage, now: number): Result<Assembled, string> {
    switch (message.kind) {
      case "query": {
        this.#endBatch();
        const statement = this.#begin("query", "simple", now);
        statement.text = message.text;
        this.prepared.batchEnded();
        return this.#expect("query", statement, null, mayCopyIn(statement.text));
      }
      case "function_call": {
        this.#endBatch();
        const statement = this.#begin("function_call", "simple", now);
        this.prepared.batchEnded();
        statement.text = asciiBytes(`function call ${message.functionOid}`);
        statement.parameters = functionParameters(message.arguments, message.argumentFormats);
        statement.resultFormats = [message.resultFormat];
        return this.#expect("function_call", statement);
      }
      case "parse": {
        if (this.#assembling !== null && this.#assembling.preparedStatement !== null) this.#endAssembly();
        const statement = this.#assemble(now);
        const prepared = {
          name: message.statement,
          text: message.text.slice(),
          parameterTypes: message.parameterTypes,
        };
        statement.prepares(prepared);
        statement.asked(`P${message.parameterTypes.join(",")}`);
        return this.#expect("parse", statement, this.prepared.parse(prepared));
      }
      case "bind": {
        if (this.#isOther(message.statement)) this.#endAssembly();
        const statement = this.#assemble(now);
        const portal = {
          name: message.portal,
          statement: this.prepared.statement(message.statement),
          parameterFormats: message.parameterFormats,
          // The portal outlives the chunk that these are views of.
          parameters: message.parameters.map((value) => value?.slice() ?? null),
          resultFormats: message.resultFormats,
        };
        statement.binds(portal);
        statement.asked(`B${message.statement}`);
        return this.#expect("bind", statement, this.prepared.bind(portal));
      }
      case "describe": {
        const statement = this.#assemble(now);
        if (isBlank(statement)) this.#describe(statement, message.target, message.name);
        statement.asked(`D${message.target}${message.name}`);
        return this.#expect("describe", statement);
      }
      case "execute": {
        // A portal from before: what was parsed here is not what runs, and stays a statement of its own.
        if (this.#assembling !== null && this.#assembling.portal !== message.portal) this.#endAssembly();
        const statement = this.#assemble(now);
        const portal = this.prepared.portal(message.portal);
        if (portal !== null) statement.binds(portal);
        statement.portal = message.portal;
        statement.intentStale = true;
        statement.operation = "execute";
        statement.maxRows = message.maxRows;
        statement.asked("E");
        const forward = this.#expect("execute", statement, null, mayCopyIn(statement.text));
        this.#endAssembly();
        return forward;
      }
      case "close": {
        const statement = this.#assembling ?? this.#last ?? this.#assemble(now);
        if (isBlank(statement)) this.#describe(statement, message.target, message.name);
        const undo =
          message.target === "S"
            ? this.prepared.closeStatement(message.name)
            : this.prepared.closePortal(message.name);
        statement.asked(`C${message.target}${message.name}`);
        return this.#expect("close", statement, undo);
      }
      case "sync": {
        const statement = this.#assembling ?? this.#last;
        statement?.asked("S");
        this.#strayed ||= statement === null;
        this.#endBatch();
        const synced = this.#expect("sync", statement);
        this.prepared.batchEnded();
        return synced;
      }
      case "flush":
        return ok({ kind: "forward", statement: this.#assembling });
      case "copy_data":
      case "copy_done":
      case "copy_fail": {
        const statement = this.#conversation.copying;
        this.#conversation.endCopy();
        return ok({ kind: "copy", statement });
      }
      case "terminate":
        return ok({ kind: "terminate" });
      case "password_family":
        return err("a password message came after the start-up was over");
    }
  }

  /** What is assembled is bound already, or is of another prepared statement than this one. */
  #isOther(preparedStatement: string): boolean {
    const assembling = this.#assembling;
    if (assembling === null) return false;
    if (assembling.portal !== null) return true;
    return assembling.preparedStatement !== null && assembling.preparedStatement !== preparedStatement;
  }

  #describe(statement: Statement, target: "S" | "P", name: string): void {
    if (target === "P") {
      const portal = this.prepared.portal(name);
      if (portal !== null) statement.binds(portal);
      statement.portal ??= name;
    } else {
      const prepared = this.prepared.statement(name);
      if (prepared !== null) statement.prepares(prepared);
      statement.preparedStatement ??= name;
    }
  }

  #begin(
    operation: "query" | "function_call" | "prepare",
    protocol: "simple" | "extended",
    now: number,
  ): Statement {
    this.#seq++;
    const statement = new Statement(this.#seq, operation, protocol, now);
    if (this.#strayed) statement.asked("S");
    this.#strayed = false;
    return statement;
  }

  #assemble(now: number): Statement {
    if (this.#assembling === null) {
      // No Sync in between: its ReadyForQuery will belong to the statement that begins here.
      this.#releaseLast();
      this.#assembling = this.#begin("prepare", "extended", now);
      this.#assembling.assembling = true;
    }
    return this.#assembling;
  }

  #endAssembly(): void {
    if (this.#assembling === null) return;
    this.#assembling.assembling = false;
    this.#last = this.#assembling;
    this.#assembling = null;
  }

  #endBatch(): void {
    this.#endAssembly();
    this.#releaseLast();
  }

  #releaseLast(): void {
    const last = this.#last;
    if (last === null) return;
    this.#last = null;
    last.awaitsReady = false;
    this.#onReleased(last);
  }

  #expect(
    kind: "query" | "function_call" | "parse" | "bind" | "describe" | "close" | "execute" | "sync",
    statement: Statement | null,
    undo: Undo | null = null,
    copies = false,
  ): Result<Assembled, string> {
    if (statement === null) {
      this.#conversation.expect(kind, null, undo, false, this.#mark);
    } else {
      statement.unanswered++;
      const takeBack = (skipped: boolean): void => {
        statement.unanswered--;
        undo?.(skipped);
      };
      this.#conversation.expect(kind, statement, takeBack, copies, this.#mark);
    }
    return ok({ kind: "forward", statement });
  }
}

/** Nothing says yet what it is of. An empty text does not: an empty query has one too. */
function isBlank({ preparedStatement, portal }: Statement): boolean {
  return preparedStatement === null && portal === null;
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
