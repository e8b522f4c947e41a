// What is wrong with the configuration of a target, for the admin. Never holds a connection string or a part of one.

export interface ConfigError {
  readonly kind: "config";
  readonly message: string;
}

export function configError(message: string): ConfigError {
  return { kind: "config", message };
}
