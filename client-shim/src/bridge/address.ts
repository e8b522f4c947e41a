// Where the shim listens and what it dials, out of what people write. Pure; every problem is an Error that says what to do.

import { CONNECT_PATH } from "../contract.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The WebSocket of `target` at `gateway`. Plain HTTP carries the token in the clear, so it ends at this machine. */
export function connectUrl(gateway: string, target: string, allowPlaintext: boolean): URL {
  if (!URL.canParse(gateway)) {
    throw new Error(
      `The gateway ${JSON.stringify(gateway)} is not a URL. Write it like https://gateway.example.com`,
    );
  }
  const url = new URL(gateway);
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  if (!secure && url.protocol !== "http:" && url.protocol !== "ws:") {
    throw new Error(
      `The gateway's URL has to begin with https:// (or http:// on this machine), not ${url.protocol}//`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new Error(
      "The gateway's URL may hold no user, password, query or fragment. Tokens come by the token flags.",
    );
  }
  if (!secure && !isLoopback(url.hostname) && !allowPlaintext) {
    throw new Error(
      `Over plain http your token can be read on the way to ${url.hostname}. Use https://, or --allow-plaintext if the network itself is trusted.`,
    );
  }
  if (target === "" || target === "." || target === "..")
    throw new Error("The target's name is empty. Name one with --target");
  url.protocol = secure ? "wss:" : "ws:";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${CONNECT_PATH}${encodeURIComponent(target)}`;
  return url;
}

/** `HOST:PORT`, `[IPV6]:PORT` or `PORT`. Whoever reaches the port acts as you, so it ends at this machine. */
export function listenAddress(text: string, allowRemote: boolean): ListenAddress {
  const match = /^(?:(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]\s]+)):)?(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  if (match === null || port > 65_535) {
    throw new Error(
      `Cannot listen on ${JSON.stringify(text)}. Write HOST:PORT, like 127.0.0.1:6432; port 0 takes a free one.`,
    );
  }
  const host = match.groups?.["v6"] ?? match.groups?.["name"] ?? "127.0.0.1";
  if (!isLoopback(host) && !allowRemote) {
    throw new Error(
      `Refusing to listen on ${host}: everyone who reaches that port would act with your token, unencrypted and without a password. Use 127.0.0.1, or --allow-remote if that is what you want.`,
    );
  }
  return { host, port };
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return (
    name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127\.\d+\.\d+\.\d+$/.test(name)
  );
}
