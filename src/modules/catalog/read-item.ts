import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../platform/problems/index.js';
import { toItemDto, type ItemDto } from './http/item.dto.js';
import { Items } from './persistence/items.js';

/** Longer than any id or slug: not worth asking the database. */
const NAME_LENGTH_MAX = 200;

/** An item page. */
@Injectable()
export class ReadItem {
  constructor(private readonly items: Items) {}

  /** @throws Problem `not_found` */
  async execute(idOrSlug: string): Promise<ItemDto> {
    const askable = idOrSlug.length <= NAME_LENGTH_MAX && /^[\w-]+$/.test(idOrSlug);
    const item = askable ? await this.items.find(idOrSlug) : undefined;
    if (!item) throw HttpProblems.not_found('There is no item with this id or slug.');
    return toItemDto(item);
  }
}
