import type { NewItem } from '../../modules/catalog/index.js';
import { seededRandom } from './seeded-random.js';

/** An item made up for load work and for the sample: the same for the same number, on every machine. */
export interface PlausibleItem extends Omit<NewItem, 'id' | 'sku' | 'arrivedAt'> {
  /** Of two years, how far along it arrived, from 0 to 1. */
  readonly arrival: number;
}

/** A category with what its items are made of. */
export interface PlausibleCategory {
  readonly slug: string;
  readonly title: string;
  readonly nouns: readonly string[];
  /** Whole units of the currency. */
  readonly priceFrom: number;
  readonly priceTo: number;
}

export const PLAUSIBLE_CATEGORIES: readonly PlausibleCategory[] = [
  {
    slug: 'kitchen',
    title: 'Kitchen',
    nouns: [
      'Saucepan',
      'Chef Knife',
      'Kettle',
      'Cutting Board',
      'Espresso Maker',
      'Mixing Bowl',
      'Toaster',
      'Casserole',
      'Whisk',
      'Colander',
    ],
    priceFrom: 6,
    priceTo: 240,
  },
  {
    slug: 'furniture',
    title: 'Furniture',
    nouns: [
      'Bookshelf',
      'Armchair',
      'Desk',
      'Sideboard',
      'Stool',
      'Coffee Table',
      'Wardrobe',
      'Bench',
      'Bed Frame',
      'Nightstand',
    ],
    priceFrom: 39,
    priceTo: 1_400,
  },
  {
    slug: 'lighting',
    title: 'Lighting',
    nouns: [
      'Floor Lamp',
      'Pendant',
      'Reading Light',
      'Lantern',
      'Wall Sconce',
      'Chandelier',
      'Desk Lamp',
      'String Lights',
    ],
    priceFrom: 9,
    priceTo: 320,
  },
  {
    slug: 'outdoor',
    title: 'Outdoor',
    nouns: [
      'Tent',
      'Backpack',
      'Sleeping Bag',
      'Hammock',
      'Camp Stove',
      'Headlamp',
      'Trekking Poles',
      'Water Bottle',
      'Rain Jacket',
    ],
    priceFrom: 8,
    priceTo: 450,
  },
  {
    slug: 'audio',
    title: 'Audio',
    nouns: ['Headphones', 'Speaker', 'Turntable', 'Amplifier', 'Microphone', 'Soundbar', 'Radio', 'Earbuds'],
    priceFrom: 19,
    priceTo: 900,
  },
  {
    slug: 'office',
    title: 'Office',
    nouns: [
      'Notebook',
      'Fountain Pen',
      'Desk Organiser',
      'Stapler',
      'Whiteboard',
      'Paper Tray',
      'Keyboard',
      'Monitor Stand',
    ],
    priceFrom: 3,
    priceTo: 180,
  },
  {
    slug: 'garden',
    title: 'Garden',
    nouns: ['Watering Can', 'Pruning Shears', 'Planter', 'Rake', 'Trowel', 'Bird Feeder', 'Garden Hose', 'Wheelbarrow'],
    priceFrom: 5,
    priceTo: 210,
  },
  {
    slug: 'toys',
    title: 'Toys',
    nouns: ['Building Blocks', 'Puzzle', 'Marble Run', 'Kite', 'Train Set', 'Board Game', 'Plush Bear', 'Telescope'],
    priceFrom: 4,
    priceTo: 160,
  },
];

const BRANDS = [
  'Northwind',
  'Alder & Ash',
  'Lumen',
  'Fjordline',
  'Casa Verde',
  'Holloway',
  'Brightwater',
  'Kestrel',
  'Ostro',
  'Penrose',
  'Talvi',
  'Marlow',
  'Quill',
  'Rook',
  'Sorrel',
  'Umber',
];
const QUALITIES = [
  'Compact',
  'Folding',
  'Classic',
  'Lightweight',
  'Deluxe',
  'Everyday',
  'Vintage',
  'Modular',
  'Slim',
  'Rugged',
  'Quiet',
  'Extra Large',
  'Travel',
  'Handmade',
  'Stackable',
  'Adjustable',
];
const MATERIALS = [
  'Walnut',
  'Oak',
  'Steel',
  'Copper',
  'Bamboo',
  'Linen',
  'Ceramic',
  'Aluminium',
  'Glass',
  'Leather',
  'Cotton',
  'Birch',
  'Brass',
  'Cork',
  'Wool',
  'Recycled',
];
const USES = [
  'at home',
  'on the road',
  'in small flats',
  'for large families',
  'in any weather',
  'for beginners',
  'for those who know what they want',
  'on long evenings',
];
const CARES = [
  'Wipe clean with a damp cloth.',
  'Made to be repaired: every part can be ordered.',
  'Comes assembled.',
  'Ships flat, with the one tool that it needs.',
  'Five years of warranty.',
  'Tested for ten thousand uses.',
];
const OUT_OF_STOCK_SHARE = 0.05;
const QUANTITY_MAX = 500;

/** @param number from 0; also its place in the stream of random numbers */
export function plausibleItem(number: number): PlausibleItem {
  const random = seededRandom(number);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const category = PLAUSIBLE_CATEGORIES[number % PLAUSIBLE_CATEGORIES.length] as PlausibleCategory;
  const [brand, quality, material, noun] = [pick(BRANDS), pick(QUALITIES), pick(MATERIALS), pick(category.nouns)];
  const model = 10 + Math.floor(random() * 90);
  // Cheap items are many, expensive ones few.
  const price = Math.floor(category.priceFrom * (category.priceTo / category.priceFrom) ** random());
  return {
    title: `${brand} ${quality} ${material} ${noun} ${model}`,
    description: [
      `A ${quality.toLowerCase()} ${noun.toLowerCase()} in ${material.toLowerCase()} by ${brand},`,
      `made for use ${pick(USES)}.`,
      pick(CARES),
      pick(CARES),
    ].join(' '),
    brand,
    categories: [category.slug],
    images: [`https://images.shop.example/${category.slug}/${number}.jpg`],
    priceMinor: BigInt(price * 100 + 99),
    currency: 'EUR',
    quantity: random() < OUT_OF_STOCK_SHARE ? 0 : 1 + Math.floor(random() * QUANTITY_MAX),
    popularity: Math.floor(1_000 / (0.001 + random())),
    arrival: random(),
  };
}
