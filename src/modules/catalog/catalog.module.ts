import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { RetainedTables } from '../../platform/retention/index.js';
import { CatalogCaches } from './cache/catalog-caches.js';
import { PublishInvalidations } from './cache/publish-invalidations.js';
import { ITEM_PRESENTER, SharedItems } from './cache/shared-items.js';
import { WarmItems } from './cache/warm-items.js';
import { ChangeItem } from './change-item.js';
import { presentItem } from './contract/item.presenter.js';
import { CreateItem } from './create-item.js';
import { DeleteItem } from './delete-item.js';
import { CatalogController } from './http/catalog.controller.js';
import { StaffItemsController } from './http/staff-items.controller.js';
import { ListCategories } from './list-categories.js';
import { ListItems } from './list-items.js';
import { catalogRetention } from './persistence/catalog-retention.js';
import { Categories } from './persistence/categories.js';
import { CategoryEntity } from './persistence/category.entity.js';
import { HomePage } from './persistence/home-page.js';
import { ItemChanges } from './persistence/item-changes.js';
import { ItemPages } from './persistence/item-pages.js';
import { ItemSearch } from './persistence/item-search.js';
import { ItemEntity } from './persistence/item.entity.js';
import { Items } from './persistence/items.js';
import { StockEntity } from './persistence/stock.entity.js';
import { ReadHome } from './read-home.js';
import { ReadItem } from './read-item.js';
import { StockReservations } from './stock-reservations.js';
import { PublishItemChange } from './staff/publish-item-change.js';

/** Home, categories, lists, search and item pages for the public; writes for merchandisers; stock for payments. */
@Module({
  imports: [TypeOrmModule.forFeature([ItemEntity, StockEntity, CategoryEntity], 'catalog')],
  controllers: [CatalogController, StaffItemsController],
  providers: [
    ReadHome,
    ListCategories,
    ListItems,
    ReadItem,
    CreateItem,
    ChangeItem,
    DeleteItem,
    PublishItemChange,
    StockReservations,
    CatalogCaches,
    SharedItems,
    { provide: ITEM_PRESENTER, useValue: presentItem },
    PublishInvalidations,
    WarmItems,
    Items,
    ItemPages,
    ItemSearch,
    HomePage,
    Categories,
    ItemChanges,
  ],
  exports: [StockReservations],
})
export class CatalogModule implements OnModuleInit {
  constructor(
    @InjectDatabase('catalog') private readonly database: ContextDatabase,
    private readonly retained: RetainedTables,
  ) {}

  onModuleInit(): void {
    this.retained.declare(this.database, 'catalog', catalogRetention);
  }
}
