// What the part "postgres" is told. Its secrets come over IPC: they stand in no command line and no environment.

export interface PostgresSettings {
  /** The state directory. */
  readonly state: string;
  readonly fresh: boolean;
  readonly port: number;
  readonly superuserPassword: string;
  readonly upstream: { readonly user: string; readonly password: string; readonly database: string };
}
