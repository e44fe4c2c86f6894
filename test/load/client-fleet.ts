import { HttpConnection, type Answer } from './http-connection.js';
import type { LoadPlan, Phase, PhaseResult } from './load-plan.js';
import { PhaseTally } from './phase-tally.js';
import { requestSource, type NextRequest } from './request-source.js';

/** More at once overflow the server's queue of connections that it has not taken yet. */
const CONNECT_BATCH = 100;
const SWEEP_MS = 200;
const TICK_MS = 5;
const RECONNECT_AFTER_MS = 200;

/** Many keep-alive clients in one process. */
export class ClientFleet {
  private readonly connections: HttpConnection[];
  private readonly next: () => NextRequest;
  private tally: PhaseTally | null = null;
  private phase: Phase | null = null;
  private sending = false;
  private sent = 0;
  private underway = 0;
  /** When a request should have begun, for which no connection was free (open pace). */
  private readonly overdue: number[] = [];

  constructor(private readonly plan: LoadPlan) {
    this.next = requestSource(plan);
    const events = {
      answered: (connection: HttpConnection, answer: Answer) => this.answered(connection, answer),
      broken: (connection: HttpConnection) => this.broken(connection),
    };
    this.connections = Array.from({ length: plan.connections }, () => new HttpConnection(new URL(plan.url), events));
  }

  /** Opens the connections; answers how many were refused. */
  async connect(): Promise<number> {
    let refused = 0;
    for (let from = 0; from < this.connections.length; from += CONNECT_BATCH) {
      const outcomes = await Promise.allSettled(
        this.connections.slice(from, from + CONNECT_BATCH).map((connection) => connection.open()),
      );
      refused += outcomes.filter(({ status }) => status === 'rejected').length;
    }
    return refused;
  }

  /** Runs one phase to its end; the last answers are waited for. */
  async run(phase: Phase): Promise<PhaseResult> {
    const tally = new PhaseTally(phase.name);
    Object.assign(this, { tally, phase, sending: true, sent: 0 });
    const sweep = setInterval(() => this.giveUpOnLateAnswers(), SWEEP_MS);
    const pacing = phase.pace.kind === 'open' ? this.pace(phase.pace.perSecond) : undefined;
    if (phase.pace.kind === 'burst') for (const connection of this.connections) this.send(connection);
    if (phase.pace.kind === 'closed')
      for (const connection of this.connections) this.sendLater(connection, Math.random() * phase.pace.thinkMaxMs);
    if (phase.pace.kind !== 'burst')
      await this.until(performance.now() + phase.durationMs, () => this.sent >= phase.requestsMax);
    this.sending = false;
    clearInterval(pacing);
    await this.until(performance.now() + this.plan.requestTimeoutMs + 2 * SWEEP_MS, () => this.underway === 0);
    clearInterval(sweep);
    this.overdue.length = 0;
    return tally.result();
  }

  private send(connection: HttpConnection, beganAt = performance.now()): void {
    if (!this.sending || !connection.isOpen || connection.beganAt > 0 || this.sent >= (this.phase?.requestsMax ?? 0))
      return;
    const { bytes, isWrite } = this.next();
    this.sent += 1;
    this.underway += 1;
    connection.send(bytes, beganAt, isWrite);
  }

  private sendLater(connection: HttpConnection, delayMs: number): void {
    if (delayMs <= 0) return this.send(connection);
    const { phase } = this;
    // A client that was still thinking when a phase ended must not ask twice in the next.
    setTimeout(() => this.phase === phase && this.send(connection), delayMs);
  }

  private answered(connection: HttpConnection, answer: Answer): void {
    const latencyMs = performance.now() - connection.beganAt;
    connection.beganAt = 0;
    this.underway -= 1;
    this.tally?.answer(answer, latencyMs, connection.isWrite);
    const pace = this.phase?.pace;
    if (pace?.kind === 'closed')
      this.sendLater(connection, pace.thinkMinMs + Math.random() * (pace.thinkMaxMs - pace.thinkMinMs));
    if (pace?.kind === 'open' && this.overdue.length > 0) this.send(connection, this.overdue.shift());
  }

  private broken(connection: HttpConnection): void {
    if (connection.beganAt > 0) {
      this.underway -= 1;
      this.tally?.broken(performance.now() - connection.beganAt);
    }
    this.reopen(connection);
  }

  private giveUpOnLateAnswers(): void {
    const now = performance.now();
    for (const connection of this.connections) {
      if (connection.beganAt === 0 || now - connection.beganAt < this.plan.requestTimeoutMs) continue;
      this.tally?.timeout(now - connection.beganAt);
      this.underway -= 1;
      connection.drop();
      this.reopen(connection);
    }
  }

  private reopen(connection: HttpConnection): void {
    setTimeout(() => {
      connection.open().then(
        () => this.phase?.pace.kind === 'closed' && this.send(connection),
        () => this.sending && this.reopen(connection),
      );
    }, RECONNECT_AFTER_MS);
  }

  private pace(perSecond: number): NodeJS.Timeout {
    let due = performance.now();
    let free = 0;
    return setInterval(() => {
      for (const now = performance.now(); due < now; due += 1_000 / perSecond) {
        const connection = this.connections[free++ % this.connections.length];
        if (connection?.isOpen && connection.beganAt === 0) this.send(connection, due);
        else if (this.overdue.length < perSecond) this.overdue.push(due);
      }
    }, TICK_MS);
  }

  private until(deadline: number, condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (!condition() && performance.now() < deadline) return;
        clearInterval(timer);
        resolve();
      }, TICK_MS);
    });
  }
}
