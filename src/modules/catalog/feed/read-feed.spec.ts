import type { FeedItem } from '../domain/feed-item.js';
import type { Reject } from './feed-row.js';
import { UnreadableFeedError, openFeed } from './read-feed.js';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(feed: string | Buffer, chunkSize = 7): Promise<{ items: FeedItem[]; rejects: Reject[] }> {
  const { entries } = await openFeed(inChunks(Buffer.from(feed as string), chunkSize), 'EUR');
  const items: FeedItem[] = [];
  const rejects: Reject[] = [];
  for await (const entry of entries) {
    if ('item' in entry) items.push(entry.item);
    else rejects.push(entry.reject);
  }
  return { items, rejects };
}

const HEADER = 'id\ttitle\tdescription\tprice\tavailability\tquantity\timage_link\tbrand\tproduct_type';
const row = (
  id: string,
  changes: Partial<Record<'title' | 'description' | 'price' | 'availability' | 'quantity' | 'image', string>> = {},
): string =>
  [
    id,
    changes.title ?? `Title of ${id}`,
    changes.description ?? 'Text',
    changes.price ?? '9.99 EUR',
    changes.availability ?? 'in_stock',
    changes.quantity ?? '5',
    changes.image ?? 'https://x.example/1.jpg',
    'Brand',
    'Books > English',
  ].join('\t');
const feed = (...rows: string[]): string => [HEADER, ...rows, ''].join('\n');
const skus = ({ items }: { items: FeedItem[] }): string[] => items.map(({ sku }) => sku);

describe('a Google Merchant feed', () => {
  it('gives one item for each row', async () => {
    expect((await read(feed(row('b-1')))).items).toEqual([
      {
        line: 2,
        sku: 'b-1',
        title: 'Title of b-1',
        description: 'Text',
        brand: 'Brand',
        priceMinor: 999n,
        currency: 'EUR',
        quantity: 5,
        images: ['https://x.example/1.jpg'],
        categories: [
          { slug: 'books', title: 'Books' },
          { slug: 'books-english', title: 'English' },
        ],
      },
    ]);
  });

  it('is read as CSV too, with a BOM, with Windows line ends and without a final line end', async () => {
    const csv = `\uFEFFid,title,price\r\na,"One, two ""three""",9.99 EUR\r\nb,Four,1 EUR`;
    const { items, rejects } = await read(csv);
    expect(rejects).toEqual([]);
    expect(items.map(({ sku, title, quantity }) => [sku, title, quantity])).toEqual([
      ['a', 'One, two "three"', undefined],
      ['b', 'Four', undefined],
    ]);
  });

  it('keeps a quoted field that runs over lines together', async () => {
    const { items, rejects } = await read(feed(row('a', { description: '"First\nsecond ""line"""' }), row('b')));
    expect(rejects).toEqual([]);
    expect(items.map(({ line, description }) => [line, description])).toEqual([
      [2, 'First\nsecond "line"'],
      [4, 'Text'],
    ]);
  });

  it.each([
    ['a wrong price', row('bad', { price: 'cheap' }), 'price'],
    ['no price', row('bad', { price: '' }), 'price'],
    ['no currency', row('bad', { price: '9.99' }), 'price'],
    ['no id', row(''), 'id'],
    ['no title', row('bad', { title: '' }), 'title'],
    ['a negative quantity', row('bad', { quantity: '-3' }), 'quantity'],
    ['a fractional quantity', row('bad', { quantity: '1.5' }), 'quantity'],
    ['a script as an image link', row('bad', { image: 'javascript:alert(1)' }), 'image link'],
    ['an unknown availability', row('bad', { availability: 'maybe' }), 'availability'],
    ['a megabyte in a field', row('bad', { description: 'x'.repeat(1_048_576) }), 'description'],
    ['a NUL character', row('bad', { title: 'a\u0000b' }), 'title'],
    ['too many fields', `${row('bad')}\textra`, ''],
  ])('with %s in a row rejects that row only, and names the column', async (_what, bad, column) => {
    const result = await read(feed(row('a'), bad, row('b')), 64 * 1024);
    expect(skus(result)).toEqual(['a', 'b']);
    expect(result.rejects).toMatchObject([{ line: 3, column, reason: expect.stringMatching(/\w/) as string }]);
    expect(result.rejects[0]?.value.length).toBeLessThan(120);
  });

  it('with an unclosed quote rejects that row only, even when another one follows', async () => {
    const result = await read(
      feed(
        row('a'),
        row('bad', { title: '"Never closed' }),
        row('b', { title: '"Quoted ""well"""' }),
        row('bad2', { title: '"Again' }),
        row('c'),
      ),
    );
    expect(skus(result)).toEqual(['a', 'b', 'c']);
    expect(result.rejects.map(({ line, column, reason }) => [line, column, reason])).toEqual([
      [3, 'title', 'opens a quote and never closes it'],
      [5, 'title', 'opens a quote and never closes it'],
    ]);
  });

  it('keeps a quote inside an unquoted field', async () => {
    const { items, rejects } = await read(feed(row('a', { title: 'Monitor 24" wide' })));
    expect(rejects).toEqual([]);
    expect(items[0]?.title).toBe('Monitor 24" wide');
  });

  it('with invalid UTF-8 rejects that row only', async () => {
    const bytes = Buffer.concat([
      Buffer.from(feed(row('a'))),
      Buffer.from('bad\tcaf'),
      Buffer.from([0xe9]),
      Buffer.from('\tText\t9.99 EUR\n'),
      Buffer.from(`${row('b')}\n`),
    ]);
    const result = await read(bytes);
    expect(skus(result)).toEqual(['a', 'b']);
    expect(result.rejects).toMatchObject([{ line: 3, column: 'title', reason: 'is not valid UTF-8' }]);
  });

  it('with a line beyond the bound rejects that line only', async () => {
    const result = await read(
      feed(row('a'), row('bad', { description: 'x'.repeat(5 * 1024 * 1024) }), row('b')),
      256 * 1024,
    );
    expect(skus(result)).toEqual(['a', 'b']);
    expect(result.rejects).toMatchObject([{ line: 3, reason: 'is longer than a line may be' }]);
  });

  it('reads quantity 0 for an item that is out of stock, whatever its quantity says', async () => {
    expect((await read(feed(row('a', { availability: 'out_of_stock', quantity: '9' })))).items[0]?.quantity).toBe(0);
  });
});

describe('a Shopify export', () => {
  const shopify = [
    'Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant SKU,' +
      'Variant Inventory Qty,Variant Price,Image Src,Status',
    'shirt,Shirt,"<p>Soft &amp; warm</p>",Rook,Clothes,true,Size,S,SH-S,3,19.90,https://x.example/a.jpg,active',
    'shirt,,,,,,,M,SH-M,0,19.90,https://x.example/b.jpg,',
    'shirt,,,,,,,,,,,https://x.example/c.jpg,',
    'mug,Mug,,Rook,Kitchen,true,Title,Default Title,,,7.5,,active',
    'ghost,Ghost,,Rook,Kitchen,false,Title,Default Title,G-1,1,7.50,,draft',
    'shirt,Shirt again,,Rook,Clothes,true,Size,L,SH-L,1,much,,active',
    '',
  ].join('\n');

  it('gives one item for each variant, with the title, text and pictures of its product', async () => {
    const { items } = await read(shopify);
    expect(
      items.map(({ sku, title, priceMinor, currency, quantity }) => [sku, title, priceMinor, currency, quantity]),
    ).toEqual([
      ['SH-S', 'Shirt – S', 1_990n, 'EUR', 3],
      ['SH-M', 'Shirt – M', 1_990n, 'EUR', 0],
      ['mug', 'Mug', 750n, 'EUR', undefined],
    ]);
    expect(items[1]).toMatchObject({
      description: 'Soft & warm',
      brand: 'Rook',
      images: ['https://x.example/a.jpg', 'https://x.example/b.jpg', 'https://x.example/c.jpg'],
    });
  });

  it('reports the rejected rows', async () => {
    expect((await read(shopify)).rejects.map(({ line, column }) => [line, column])).toEqual([
      [6, 'Status'],
      [7, 'Variant Price'],
    ]);
  });
});

describe('a file that is not a feed', () => {
  it.each([
    ['an empty file', ''],
    ['another table', 'name,age\nAda,36\n'],
    ['a picture', '\u0000\u0001PNG'],
  ])('such as %s is refused as a whole', async (_what, text) => {
    await expect(read(text)).rejects.toThrow(UnreadableFeedError);
  });
});
