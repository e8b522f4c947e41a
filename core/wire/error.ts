// What can be wrong with bytes that claim to be PostgreSQL's protocol. Values for the edge to map to 08P01 and the like.
// `detail` is one sentence for people. Nothing in here is a value from the wire beyond codes, lengths and versions.

export type Direction = "frontend" | "backend";

/** Code 0 of a frame_too_large or frame_too_small stands for a start-up packet, which has no code. */
export type WireError =
  /** The length word says more than a limit allows. */
  | {
      readonly kind: "frame_too_large";
      readonly detail: string;
      readonly code: number;
      readonly frameBytes: number;
      readonly limitBytes: number;
    }
  /** The length word says less than it takes itself. */
  | {
      readonly kind: "frame_too_small";
      readonly detail: string;
      readonly code: number;
      readonly frameBytes: number;
    }
  /** No message of this direction has this code. */
  | {
      readonly kind: "unknown_message";
      readonly detail: string;
      readonly direction: Direction;
      readonly code: number;
    }
  /** A body that is not what its code promises. `message` is the kind of message, `fault` what is wrong with it. */
  | {
      readonly kind: "malformed";
      readonly detail: string;
      readonly message: string;
      readonly fault: string;
    }
  /** A start-up packet of a major version other than 3, or an unknown special request. */
  | {
      readonly kind: "unsupported_protocol";
      readonly detail: string;
      readonly major: number;
      readonly minor: number;
    };

export function frameTooLarge(code: number, frameBytes: number, limitBytes: number): WireError {
  const detail = `${describeFrame(code)} of ${frameBytes} bytes is over the limit of ${limitBytes} bytes`;
  return { kind: "frame_too_large", detail, code, frameBytes, limitBytes };
}

export function frameTooSmall(code: number, frameBytes: number): WireError {
  const detail = `${describeFrame(code)} has an invalid length: ${frameBytes} bytes`;
  return { kind: "frame_too_small", detail, code, frameBytes };
}

export function unknownMessage(direction: Direction, code: number): WireError {
  return { kind: "unknown_message", detail: `unknown ${direction} ${describeCode(code)}`, direction, code };
}

export function malformed(message: string, fault: string): WireError {
  return { kind: "malformed", detail: `malformed ${message} message: ${fault}`, message, fault };
}

export function unsupportedProtocol(major: number, minor: number): WireError {
  const detail = `unsupported frontend protocol ${major}.${minor}: 3.0 and later of 3 are supported`;
  return { kind: "unsupported_protocol", detail, major, minor };
}

function describeFrame(code: number): string {
  return code === 0 ? "start-up packet" : describeCode(code);
}

function describeCode(code: number): string {
  const printable = code > 0x20 && code < 0x7f;
  return printable ? `message '${String.fromCharCode(code)}'` : `message of type 0x${code.toString(16)}`;
}
