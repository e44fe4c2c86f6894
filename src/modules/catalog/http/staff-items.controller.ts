import {
  Body,
  Controller,
  Delete,
  Headers,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  applyDecorators,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { InvalidatesCache } from '../../../platform/consistency/index.js';
import { Idempotent, presentNoContent } from '../../../platform/idempotency/index.js';
import { RequiresRole } from '../../../platform/identity/index.js';
import { DescribesProblems, HttpProblems } from '../../../platform/problems/index.js';
import { ChangeItem } from '../change-item.js';
import { readIfMatch } from '../contract/if-match.js';
import { ItemDto } from '../contract/item.dto.js';
import { presentChangedItem, presentNewItem } from '../contract/item.presenter.js';
import { ChangeItemDto, CreateItemDto } from '../contract/staff-item.dto.js';
import { CreateItem } from '../create-item.js';
import { DeleteItem } from '../delete-item.js';
import type { Item } from '../domain/item.js';

const ETAG = {
  description: 'Strong validator; goes into `If-Match` of the next change.',
  schema: { type: 'string' as const },
};
const id = new ParseUUIDPipe({
  exceptionFactory: () => HttpProblems.not_found('There is no such item: an id is a UUID.'),
});

/** A change of one item that another request may be changing too. */
const ChangesOneItem = (): MethodDecorator =>
  applyDecorators(
    InvalidatesCache(),
    ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } }),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The `ETag` that the change is based on.',
      schema: { type: 'string' },
    }),
    DescribesProblems('not_found', 'version_mismatch'),
  );

@ApiTags('catalog')
@RequiresRole('merchandiser')
@Controller('v1/items')
export class StaffItemsController {
  constructor(
    private readonly createCase: CreateItem,
    private readonly changeCase: ChangeItem,
    private readonly deleteCase: DeleteItem,
  ) {}

  @Post()
  @InvalidatesCache()
  @Idempotent({ presenter: presentNewItem })
  @ApiOperation({ summary: 'Add an item' })
  @ApiCreatedResponse({
    type: ItemDto,
    headers: { ETag: ETAG, Location: { description: 'Where the item is.', schema: { type: 'string' } } },
  })
  @DescribesProblems('sku_taken')
  createItem(@Body() body: CreateItemDto): Promise<Item> {
    return this.createCase.execute(body);
  }

  @Patch(':id')
  @Idempotent({ presenter: presentChangedItem })
  @ChangesOneItem()
  @ApiOperation({ summary: 'Change an item, its price or its stock' })
  @ApiOkResponse({ type: ItemDto, headers: { ETag: ETAG } })
  @DescribesProblems('sku_taken')
  changeItem(
    @Param('id', id) itemId: string,
    @Body() body: ChangeItemDto,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Item> {
    return this.changeCase.execute(itemId, body, readIfMatch(ifMatch));
  }

  @Delete(':id')
  @HttpCode(204)
  @Idempotent({ presenter: presentNoContent })
  @ChangesOneItem()
  @ApiOperation({ summary: 'Remove an item from the catalog' })
  @ApiNoContentResponse({ description: 'The item is gone; payments that name it stay.' })
  deleteItem(@Param('id', id) itemId: string, @Headers('if-match') ifMatch?: string): Promise<void> {
    return this.deleteCase.execute(itemId, readIfMatch(ifMatch));
  }
}
