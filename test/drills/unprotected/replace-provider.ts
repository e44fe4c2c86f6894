import 'reflect-metadata';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import type { Provider, Type } from '@nestjs/common';

/**
 * Puts another class in the place of a module's provider, before the application is made: what runs then is the
 * product as it ships but for this one class, and no setting of the product can do the same.
 * @throws Error when the module does not provide it: then the drill would show a protected product
 */
export function replaceProvider<T>(module: Type, provider: Type<T>, replacement: Type<T>): void {
  const providers = Reflect.getMetadata(MODULE_METADATA.PROVIDERS, module) as readonly Provider[];
  if (!providers.includes(provider)) throw new Error(`${module.name} does not provide ${provider.name}.`);
  Reflect.defineMetadata(
    MODULE_METADATA.PROVIDERS,
    providers.map((one) => (one === provider ? { provide: provider, useClass: replacement } : one)),
    module,
  );
}
