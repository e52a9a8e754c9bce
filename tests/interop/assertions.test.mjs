// Client assertions that others made: the npm packages `jose` and `oauth4webapi` sign, the server verifies.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import { call, publish, serve } from './setting.mjs';

const tenant = 'tenants/keys';
const issuer = 'https://keys.example.net/';
const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const pairs = {};
let client;

before(async () => {
  call('cimd.v1.AdminService/CreateTenant', {
    tenantId: 'keys',
    tenant: { clientIdMetadataDocumentSupported: true, issuer },
  });
  const keys = [];
  for (const alg of algorithms) {
    pairs[alg] = await generateKeyPair(alg, { extractable: true });
    keys.push({ ...(await exportJWK(pairs[alg].publicKey)), kid: alg, use: 'sig', alg });
  }
  client = publish('/keys/client.json', {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: serve('/keys/jwks.json', { keys }),
  });
  const registered = call('cimd.v1.RegistrationService/RegisterClient', { parent: tenant, externalClientId: client });
  assert.equal(registered.keys.length, algorithms.length);
});

const verify = (assertion, clientId = '') =>
  call('cimd.v1.MetadataService/VerifyClientAssertion', {
    parent: tenant,
    clientId,
    clientAssertionType: type,
    clientAssertion: assertion,
  });

const sign = (alg, header = {}) =>
  new SignJWT({})
    .setProtectedHeader({ alg, ...header })
    .setIssuer(client)
    .setSubject(client)
    .setAudience(issuer)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(pairs[alg].privateKey);

for (const alg of algorithms) {
  test(`jose signs with ${alg}`, async () => {
    const assertion = await sign(alg, { kid: alg });
    const first = verify(assertion);
    assert.equal(first.valid, true, JSON.stringify(first));
    assert.equal(first.kid, alg);
    assert.equal(first.thumbprintSha256, await calculateJwkThumbprint(await exportJWK(pairs[alg].publicKey)));
    assert.equal(verify(assertion).reason, 'ASSERTION_REASON_REPLAYED');
  });
}

test('without a kid the key is found', async () => {
  assert.equal(verify(await sign('ES384')).kid, 'ES384');
});

test('an altered assertion is refused', async () => {
  const [header, payload, signature] = (await sign('PS256', { kid: 'PS256' })).split('.');
  const other = signature[0] === 'A' ? 'B' : 'A';
  const answer = verify([header, payload, other + signature.slice(1)].join('.'));
  assert.equal(answer.valid ?? false, false);
  assert.equal(answer.error, 'invalid_client');
  assert.equal(answer.reason, 'ASSERTION_REASON_SIGNATURE_INVALID');
});

// What oauth4webapi knows: no SHA-384 or SHA-512 beside RSA, and Ed25519 by its own name.
for (const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'Ed25519']) {
  test(`oauth4webapi authenticates with ${alg}`, async () => {
    const key = alg === 'Ed25519' ? pairs.Ed25519.privateKey : pairs[alg].privateKey;
    const authenticate = oauth.PrivateKeyJwt({ key, kid: alg });
    const body = new URLSearchParams();
    await authenticate({ issuer }, { client_id: client }, body, new Headers());
    assert.equal(body.get('client_assertion_type'), type);
    const answer = verify(body.get('client_assertion'), body.get('client_id') ?? '');
    assert.equal(answer.valid, true, JSON.stringify(answer));
    assert.equal(answer.clientId, client);
  });
}
