// Messages and bytes as fast-check makes them. One arbitrary for each kind of message: a new kind does not compile without.

import fc from "fast-check";
import type { BackendMessage, DecodedFrontendMessage, StartupPacket } from "#core/wire";

type OfKind<M extends { readonly kind: string }> = {
  readonly [K in M["kind"]]: fc.Arbitrary<Omit<Extract<M, { kind: K }>, "kind">>;
};

const bytes = fc.uint8Array({ maxLength: 24 });
const withoutZero = fc
  .array(fc.integer({ min: 1, max: 255 }), { maxLength: 24 })
  .map((list) => Uint8Array.from(list));
const text = fc.string({ unit: "binary", maxLength: 12 }).map((some) => some.replaceAll("\0", ""));
const someText = text.map((some) => some || "x");
const value = fc.option(bytes);
const format = fc.constantFrom<0 | 1>(0, 1);
const formats = fc.array(format, { maxLength: 4 });
const i16 = fc.integer({ min: -0x8000, max: 0x7fff });
const i32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const nothing = fc.constant({});
const data = fc.record({ data: bytes });
const secretKey = fc.uint8Array({ minLength: 4, maxLength: 256 });
const target = fc.record({ target: fc.constantFrom<"S" | "P">("S", "P"), name: text });
const copy = fc.record({ format, columnFormats: formats });
const letter = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
const fields = fc.record({
  fields: fc.uniqueArray(fc.tuple(letter, text), { selector: ([name]) => name }).map((list) => new Map(list)),
});

/** Values, and formats as many as Bind and FunctionCall may have of them. */
const valuesAndFormats = fc.array(value, { maxLength: 5 }).chain((values) =>
  fc.oneof(
    ...[0, 1, values.length].map((count) =>
      fc.record({
        values: fc.constant(values),
        formats: fc.array(format, { minLength: count, maxLength: count }),
      }),
    ),
  ),
);

const FRONTEND: OfKind<DecodedFrontendMessage> = {
  bind: fc
    .record({ portal: text, statement: text, input: valuesAndFormats, resultFormats: formats })
    .map(({ portal, statement, input, resultFormats }) => ({
      portal,
      statement,
      parameterFormats: input.formats,
      parameters: input.values,
      resultFormats,
    })),
  close: target,
  copy_data: data,
  copy_done: nothing,
  copy_fail: fc.record({ reason: text }),
  describe: target,
  execute: fc.record({ portal: text, maxRows: i32 }),
  flush: nothing,
  function_call: fc
    .record({ functionOid: u32, input: valuesAndFormats, resultFormat: format })
    .map(({ functionOid, input, resultFormat }) => ({
      functionOid,
      argumentFormats: input.formats,
      arguments: input.values,
      resultFormat,
    })),
  parse: fc.record({ statement: text, text: withoutZero, parameterTypes: fc.array(u32, { maxLength: 5 }) }),
  password_family: fc.record({ body: bytes }),
  query: fc.record({ text: withoutZero }),
  sync: nothing,
  terminate: nothing,
};

const BACKEND: OfKind<BackendMessage> = {
  authentication_cleartext_password: nothing,
  authentication_gss: nothing,
  authentication_gss_continue: data,
  authentication_kerberos_v5: nothing,
  authentication_md5_password: fc.record({ salt: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
  authentication_ok: nothing,
  authentication_sasl: fc.record({ mechanisms: fc.array(someText, { maxLength: 4 }) }),
  authentication_sasl_continue: data,
  authentication_sasl_final: data,
  authentication_scm_credential: nothing,
  authentication_sspi: nothing,
  backend_key_data: fc.record({ processId: u32, secretKey }),
  bind_complete: nothing,
  close_complete: nothing,
  command_complete: fc.record({ tag: text }),
  copy_both_response: copy,
  copy_data: data,
  copy_done: nothing,
  copy_in_response: copy,
  copy_out_response: copy,
  data_row: fc.record({ values: fc.array(value, { maxLength: 6 }) }),
  empty_query_response: nothing,
  error_response: fields,
  function_call_response: fc.record({ value }),
  negotiate_protocol_version: fc.record({
    protocol: fc.record({ major: u16, minor: u16 }),
    unrecognized: fc.array(text, { maxLength: 4 }),
  }),
  no_data: nothing,
  notice_response: fields,
  notification_response: fc.record({ processId: u32, channel: text, payload: text }),
  parameter_description: fc.record({ types: fc.array(u32, { maxLength: 5 }) }),
  parameter_status: fc.record({ name: text, value: text }),
  parse_complete: nothing,
  portal_suspended: nothing,
  ready_for_query: fc.record({ status: fc.constantFrom<"I" | "T" | "E">("I", "T", "E") }),
  row_description: fc.record({
    fields: fc.array(
      fc.record({
        name: text,
        tableOid: u32,
        attribute: i16,
        typeOid: u32,
        typeSize: i16,
        typeModifier: i32,
        format,
      }),
      { maxLength: 4 },
    ),
  }),
};

const STARTUP: OfKind<StartupPacket> = {
  cancel_request: fc.record({ processId: u32, secretKey }),
  gssenc_request: nothing,
  ssl_request: nothing,
  startup_message: fc.record({
    protocol: fc.record({ major: fc.constant(3), minor: u16 }),
    parameters: fc
      .uniqueArray(fc.tuple(someText, text), { selector: ([name]) => name, maxLength: 5 })
      .map((list) => new Map(list)),
  }),
};

function kinds<M extends { readonly kind: string }>(
  table: OfKind<M>,
): readonly (readonly [string, fc.Arbitrary<M>])[] {
  return Object.entries<fc.Arbitrary<object>>(table).map(([kind, rest]) => [
    kind,
    // The table's type pairs each kind with its own fields, which entries() forgets.
    rest.map((fieldsOfKind) => ({ kind, ...fieldsOfKind }) as unknown as M),
  ]);
}

export const FRONTEND_MESSAGES = kinds(FRONTEND);
export const BACKEND_MESSAGES = kinds(BACKEND);
export const STARTUP_PACKETS = kinds(STARTUP);

/** Bytes that look like something: counts, lengths, strings and letters that mean something, amid noise. */
export const plausible: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      bytes,
      fc.constantFrom(...[0, 0, 1, 2, 3, 5, 10, 0x49, 0x50, 0x53, 0xff].map((byte) => Uint8Array.of(byte))),
      fc.integer({ min: -2, max: 4 }).map((n) => Uint8Array.of(n >> 8, n)),
      fc.integer({ min: -2, max: 12 }).map((n) => Uint8Array.of(n >> 24, n >> 16, n >> 8, n)),
      text.map((some) => new TextEncoder().encode(`${some}\0`)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
