/** Where a subscriber wants to receive events. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
  /** Names of the event types that are sent there. */
  readonly events: readonly string[];
  readonly status: 'enabled' | 'disabled';
  /** `gone`: the endpoint answered 410; `failing`: no delivery succeeded for days; `operator`: by an operator. */
  readonly disabledReason: 'gone' | 'failing' | 'operator' | null;
  /** Until then the secret before the last rotation signs too. */
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
}

/** An endpoint with the secret that its owner sees once. */
export interface WebhookEndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  readonly secret: Buffer;
}

/** One event on its way to one endpoint: an entry of the delivery log. */
export interface WebhookDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly status: 'pending' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly lastStatusCode: number | null;
  readonly lastError: string | null;
  readonly nextAttemptAt: Date;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** An event as every subscriber gets it: the body is what each signature covers. */
export interface WebhookMessage {
  readonly eventId: string;
  readonly eventType: string;
  readonly body: string;
}
