import { Global, Injectable, Module } from '@nestjs/common';
import { withDeadline } from '../background/index.js';

/** One dependency's state as `/health/ready` shows it. */
export interface DependencyHealth {
  status: 'up' | 'down';
  /** Whether the process cannot do its main work without it. */
  critical: boolean;
  durationMs: number;
  detail?: string;
}

type Check = () => Promise<void>;

const CHECK_TIMEOUT_MS = 1_000;

/** Each capability registers a check of its dependency. */
@Injectable()
export class HealthChecks {
  private readonly checks = new Map<string, { check: Check; critical: boolean }>();

  /**
   * @param name the dependency, for example `redis`
   * @param check resolves when the dependency answers, rejects when it does not
   */
  register(name: string, check: Check, { critical }: { critical: boolean }): void {
    this.checks.set(name, { check, critical });
  }

  /** Runs every check at once, each within 1 s. */
  async run(): Promise<Record<string, DependencyHealth>> {
    const entries = await Promise.all(
      [...this.checks].map(async ([name, entry]) => [name, await probe(entry)] as const),
    );
    return Object.fromEntries(entries);
  }
}

async function probe({ check, critical }: { check: Check; critical: boolean }): Promise<DependencyHealth> {
  const startedAt = performance.now();
  try {
    await withDeadline(check, CHECK_TIMEOUT_MS);
    return { status: 'up', critical, durationMs: Math.round(performance.now() - startedAt) };
  } catch (error) {
    return {
      status: 'down',
      critical,
      durationMs: Math.round(performance.now() - startedAt),
      detail: (error as { code?: string }).code ?? (error as Error).name,
    };
  }
}

/** Provides {@link HealthChecks} everywhere. */
@Global()
@Module({ providers: [HealthChecks], exports: [HealthChecks] })
export class ObservabilityModule {}
