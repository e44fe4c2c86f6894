import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { Sessions } from '../persistence/sessions.js';

/** Signs out: access and refresh tokens of the session stop working at once. */
@Injectable()
export class EndSession {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly sessions: Sessions,
  ) {}

  async execute(sessionId: string): Promise<void> {
    await this.database.transaction((tx) => this.sessions.end(tx, sessionId, 'signed-out'));
  }
}
