import {
  boundParameters,
  CANCEL_REQUEST,
  Fields,
  GSS_REQUEST,
  SSL_REQUEST,
  startupParameters,
  WireReader,
  type WireMessage,
} from './protocol.js';
import { sessionStateOf, strangeStartupParameters } from './session-state.js';

/** Called with what one connection sent. */
export interface ConnectionListener {
  signIn(role: string): void;
  statement(said: { role: string; database: string; sql: string; parameters: (string | null)[] }): void;
  violation(seen: { role: string; statement: string; why: string }): void;
}

/** Reads both directions of one connection; changes nothing. */
export class SniffedConnection {
  private readonly asked = new WireReader(1);
  private readonly answered = new WireReader(0);
  /** Answers to a request for encryption are one byte without a frame. */
  private bareAnswers = 0;
  private inTransaction = false;
  private role = '';
  private database = '';
  private readonly parsed = new Map<string, string>();

  constructor(private readonly listener: ConnectionListener) {}

  fromClient(chunk: Buffer): void {
    for (const message of this.asked.push(chunk)) this.hear(message);
  }

  fromServer(chunk: Buffer): void {
    let rest = chunk;
    for (; this.bareAnswers > 0 && rest.length > 0; this.bareAnswers--) {
      if (rest[0] !== 'N'.charCodeAt(0)) this.flag('', 'the connection is encrypted and nothing of it can be read');
      rest = rest.subarray(1);
    }
    // ReadyForQuery says in which state the server is: idle, in a transaction, in a failed one.
    for (const { type, body } of this.answered.push(rest))
      if (type === 'Z') this.inTransaction = body.toString('latin1') !== 'I';
  }

  private hear({ type, body }: WireMessage): void {
    const fields = new Fields(body);
    if (type === '') this.start(fields);
    if (type === 'Q') this.say(fields.text(), []);
    if (type === 'P') this.parse(fields.text(), fields.text());
    if (type === 'B') this.bind(fields);
    if (type === 'F') this.flag('', 'a function is called beside SQL');
  }

  private start(fields: Fields): void {
    const version = fields.int32();
    if (version === CANCEL_REQUEST) return;
    if (version === SSL_REQUEST || version === GSS_REQUEST) {
      this.bareAnswers++;
      return this.asked.expectUntyped();
    }
    const parameters = startupParameters(fields);
    this.role = parameters.user ?? '';
    this.database = parameters.database ?? this.role;
    this.listener.signIn(this.role);
    for (const name of strangeStartupParameters(parameters))
      this.flag(name, 'a startup parameter: a pooler refuses it, or loses it');
  }

  private parse(name: string, sql: string): void {
    this.parsed.set(name, sql);
    if (name !== '') this.flag(sql, `the named statement "${name}" lives in one server connection`);
  }

  private bind(fields: Fields): void {
    fields.text();
    const name = fields.text();
    // A name that was parsed before we listened cannot be there: we see a connection from its first byte.
    const sql = this.parsed.get(name);
    if (sql === undefined) this.flag('', `the statement "${name}" was bound without having been parsed here`);
    else this.say(sql, boundParameters(fields));
  }

  private say(sql: string, parameters: (string | null)[]): void {
    this.listener.statement({ role: this.role, database: this.database, sql, parameters });
    for (const { statement, why } of sessionStateOf(sql, this.inTransaction)) this.flag(statement, why);
  }

  private flag(statement: string, why: string): void {
    this.listener.violation({ role: this.role, statement, why });
  }
}
