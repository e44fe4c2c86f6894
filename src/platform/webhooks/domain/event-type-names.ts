/**
 * Names of the registered event types. Decorators of the contract hold this array by reference: they run before the
 * contexts register, while validation and the OpenAPI document read it afterwards.
 */
export const eventTypeNames: string[] = [];
