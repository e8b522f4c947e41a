// The messages that the benchmarks send, as bytes (protocol-message-formats). Written apart from core/wire, so that the
// gateway is not measured or tried with its own codec. Not for use elsewhere: nothing here is checked or bounded.

/** A typed message: code, length, body. */
function message(code: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(5);
  header.write(code, 0, "latin1");
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, "utf8");
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [text(name), text(value)]);
  const body = Buffer.concat([int32(196_608), ...pairs, Buffer.alloc(1)]);
  return Buffer.concat([int32(body.length + 4), body]);
}

/** PasswordMessage, and SASLResponse, which has its code. */
export function password(body: Buffer): Buffer {
  return message("p", body);
}

export function saslInitial(mechanism: string, response: Buffer): Buffer {
  return message("p", text(mechanism), int32(response.length), response);
}

export function query(sql: string): Buffer {
  return message("Q", text(sql));
}

export function parse(name: string, sql: string): Buffer {
  return message("P", text(name), text(sql), int16(0));
}

/** Parameters as text, results as text or all in the format that is given, in the unnamed portal. */
export function bind(statement: string, parameters: readonly string[], results?: 0 | 1): Buffer {
  const values = parameters.flatMap((value) => {
    const bytes = Buffer.from(value, "utf8");
    return [int32(bytes.length), bytes];
  });
  return message(
    "B",
    text(""),
    text(statement),
    int16(0),
    int16(parameters.length),
    ...values,
    ...(results === undefined ? [int16(0)] : [int16(1), int16(results)]),
  );
}

export function describePortal(): Buffer {
  return message("D", Buffer.from("P"), text(""));
}

export function execute(): Buffer {
  return message("E", text(""), int32(0));
}

export function sync(): Buffer {
  return message("S");
}

export function copyData(bytes: Buffer): Buffer {
  return message("d", bytes);
}

export function copyDone(): Buffer {
  return message("c");
}

export function terminate(): Buffer {
  return message("X");
}
