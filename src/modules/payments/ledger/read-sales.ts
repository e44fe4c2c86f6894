import { Injectable } from '@nestjs/common';
import type { SalesOfDay } from '../domain/sales.js';
import { Sales } from '../persistence/sales.js';
import { refusePeriod } from './report-period.js';

const DAYS_MAX = 366;

/** Sales per day and currency. */
@Injectable()
export class ReadSales {
  constructor(private readonly sales: Sales) {}

  /**
   * @param period days in UTC, both included
   * @throws Problem `validation_failed` for a period that ends before it begins, or is longer than a year
   */
  async execute({ from, to }: { from: string; to: string }): Promise<SalesOfDay[]> {
    refusePeriod(from, to, DAYS_MAX);
    return this.sales.between(from, to);
  }
}
