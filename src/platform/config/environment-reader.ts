import { problemOf, readSecretFiles } from './check-environment.mjs';
import type { ValueOf, Variable } from './variable-types.js';
import { VARIABLES } from './variables.mjs';

/** A name in the table. */
export type VariableName = keyof typeof VARIABLES;

/** Thrown once with every wrong or missing variable, so that one start shows them all. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `Bulwark cannot start, its configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
  }
}

/** Reads the declared variables out of an environment and collects what is wrong with them. */
export class EnvironmentReader {
  private readonly problems: string[];
  private readonly environment: Readonly<Record<string, string>>;

  /**
   * @param environment as the process has it; files that hold secrets are read now
   * @param credentials stand for what is unset
   */
  constructor(
    environment: Readonly<Record<string, string | undefined>>,
    credentials: Readonly<Record<string, string>> = {},
  ) {
    const { environment: resolved, problems } = readSecretFiles(environment);
    this.environment = { ...credentials, ...resolved };
    this.problems = problems;
  }

  /** The value of a variable; of one that is wrong or missing any value, since {@link finish} will throw. */
  read<N extends VariableName>(name: N): ValueOf<(typeof VARIABLES)[N]> {
    const variable: Variable = VARIABLES[name];
    const text = this.environment[name];
    const value = text === undefined ? this.absent(name, variable) : this.parse(name, text, variable);
    return value as ValueOf<(typeof VARIABLES)[N]>;
  }

  /** Adds a rule that spans several variables. */
  refuse(problem: string): void {
    this.problems.push(problem);
  }

  /** Refuses what only development may set; call it in production. */
  refuseDevelopmentOnly(): void {
    for (const [name, variable] of Object.entries<Variable>(VARIABLES)) {
      const text = this.environment[name];
      if (variable.developmentOnly === undefined || text === undefined) continue;
      if (variable.presence === 'defaulted' && variable.kind.parse(text) === variable.default) continue;
      this.refuse(`${name} is set; it wants to be unset, or BULWARK_ENV=development: ${variable.developmentOnly}.`);
    }
  }

  /** Ends the reading: throws {@link ConfigurationError} when anything was wrong. */
  finish(): void {
    if (this.problems.length > 0) throw new ConfigurationError(this.problems);
  }

  private absent(name: VariableName, variable: Variable): unknown {
    if (variable.presence === 'required') this.problems.push(`${name} is missing; it wants ${variable.kind.wants}.`);
    return variable.presence === 'defaulted' ? variable.default : undefined;
  }

  private parse(name: VariableName, text: string, variable: Variable): unknown {
    const value = variable.kind.parse(text);
    if (value !== undefined) return value;
    this.problems.push(problemOf(name, text, variable) ?? '');
    return variable.presence === 'defaulted' ? variable.default : undefined;
  }
}

/**
 * The values of a few variables, for a command or the launcher.
 * @throws ConfigurationError when one of them is missing or wrong
 */
export function readVariables<const N extends VariableName>(
  names: readonly N[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { readonly [K in N]: ValueOf<(typeof VARIABLES)[K]> } {
  const reader = new EnvironmentReader(environment);
  const values = Object.fromEntries(names.map((name) => [name, reader.read(name)]));
  reader.finish();
  return values as { [K in N]: ValueOf<(typeof VARIABLES)[K]> };
}
