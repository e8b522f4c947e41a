// Version words that are no versions: major 1234, which no protocol will have ("Message Formats", SSLRequest). Pure.

export const SPECIAL_CODES = {
  cancel_request: 80_877_102,
  ssl_request: 80_877_103,
  gssenc_request: 80_877_104,
} as const;
