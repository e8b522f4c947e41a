// What the rest of the room knows of the parser: text in, trees out. The parser itself (libpg_query) stands behind
// parse.ts and nowhere else.

import type { Node } from "@pgsql/types";
import type { Result } from "../../result.ts";

/** One statement of a message. The tree is shared by everyone who asks for the same text: never changed. */
export interface ParsedStatement {
  /** Its own text: without the semicolon, with what blanks and comments stand before it. */
  readonly text: string;
  /** Where `text` begins in the message, in bytes of UTF-8. */
  readonly offsetBytes: number;
  /** The same in characters (code points), as PostgreSQL counts error positions. */
  readonly offsetCharacters: number;
  readonly node: Node;
}

/** PostgreSQL's own words; the SQLSTATE is 42601 unless said otherwise. */
export interface SyntaxError {
  readonly sqlstate: string;
  readonly message: string;
  /** As in ErrorResponse field P: in characters, from 1; null where there is none. */
  readonly position: number | null;
}

/** An expression or query out of a PL/pgSQL body, ready to parse. */
export interface PlpgsqlBody {
  /** Every SQL text of the body as a statement of its own: an expression as `SELECT expression`. */
  readonly statements: readonly string[];
  /** EXECUTE, FOR … IN EXECUTE, OPEN … FOR EXECUTE, RETURN QUERY EXECUTE: text that only exists when it runs. */
  readonly dynamic: boolean;
  /** It branches, raises or catches: what it does, and whether it fails, depends on values. */
  readonly decides: boolean;
  /** What is assigned, among the statements, and to what: a column of NEW, or something else (null). */
  readonly assignments: readonly { readonly statement: string; readonly column: string | null }[];
}

export interface Grammar {
  /** All statements of a message, in order; none for blanks and comments. Cached by text, with a bound. */
  parse(text: string): Result<readonly ParsedStatement[], SyntaxError>;
  /** `source` is a whole CREATE FUNCTION or DO statement in language plpgsql. */
  plpgsql(source: string): Result<PlpgsqlBody, SyntaxError>;
  /** Bytes that the cache of trees holds, about. */
  readonly cachedBytes: number;
}
