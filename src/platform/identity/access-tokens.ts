import { Injectable } from '@nestjs/common';
import { SignJWT, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { InjectConfig, type Config } from '../config/index.js';
import { SigningKeys } from './signing-keys.js';

const ALGORITHM = 'ES256';
const ISSUER = 'bulwark';
const AUDIENCE = 'bulwark-api';
/** RFC 9068: an access token cannot be mistaken for another kind of token. */
const TYPE = 'at+jwt';
const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_LENGTH_MAX = 2_048;

/** The claims of a verified token. */
export interface TokenClaims {
  readonly accountId: string;
  readonly sessionId: string;
}

/** Signs and verifies access tokens: asymmetric JWTs of a few minutes (RFC 7519, RFC 9068). */
@Injectable()
export class AccessTokens {
  private readonly ttlSeconds: number;

  constructor(
    @InjectConfig() config: Config,
    private readonly keys: SigningKeys,
  ) {
    this.ttlSeconds = config.identity.accessTokenTtlSeconds;
  }

  /** @returns the token and its life in seconds */
  async sign({ accountId, sessionId }: TokenClaims): Promise<{ token: string; expiresIn: number }> {
    const { kid, privateKey } = await this.keys.current();
    const token = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPE })
      .setSubject(accountId)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${this.ttlSeconds}s`)
      .sign(privateKey);
    return { token, expiresIn: this.ttlSeconds };
  }

  /**
   * Verifies our algorithm, key (never one that the token carries or links to), issuer, audience and time.
   * @returns undefined for any other token, without a reason
   */
  async verify(token: string): Promise<TokenClaims | undefined> {
    if (token.length > TOKEN_LENGTH_MAX) return undefined;
    try {
      const { kid, alg } = decodeProtectedHeader(token);
      const key = alg === ALGORITHM && kid ? await this.keys.find(kid) : undefined;
      if (!key) return undefined;
      const { payload } = await jwtVerify(token, key.publicKey, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['sub', 'sid', 'exp', 'iat'],
      });
      return typeof payload.sid === 'string' && payload.sub
        ? { accountId: payload.sub, sessionId: payload.sid }
        : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError)
        return undefined;
      throw error;
    }
  }
}
