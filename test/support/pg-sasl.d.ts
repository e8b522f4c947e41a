// node-postgres's SCRAM, which @types/pg leaves out.
declare module "pg/lib/crypto/sasl.js" {
  interface Session {
    readonly mechanism: string;
    readonly response: string;
  }
  const sasl: {
    startSession(mechanisms: readonly string[]): Session;
    continueSession(session: Session, password: string, serverData: string): Promise<void>;
    finalizeSession(session: Session, serverData: string): void;
  };
  export default sasl;
}
