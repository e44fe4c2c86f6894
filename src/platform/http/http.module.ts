import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ProblemsController } from './problems.controller.js';

/** Routes that belong to the HTTP surface itself. */
@Module({ imports: [DiscoveryModule], controllers: [ProblemsController] })
export class HttpModule {}
