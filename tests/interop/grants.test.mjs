// APIs, grants, connections and decisions: the official npm package `auth0` for all that it knows, fetch for the rest.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ClientGrantsClient } from 'auth0/clientGrants';
import { ClientsClient } from 'auth0/clients';
import { ConnectionsClient as UsableConnectionsClient } from 'auth0/clients/connections';
import { ConnectionsClient } from 'auth0/connections';
import { ClientsClient as EnabledClientsClient } from 'auth0/connections/clients';
import { ResourceServersClient } from 'auth0/resourceServers';
import { SettingsClient } from 'auth0/tenants/settings';
import { gateway, publish, sdk } from './setting.mjs';

const apis = new ResourceServersClient(sdk);
const grants = new ClientGrantsClient(sdk);
const connections = new ConnectionsClient(sdk);
const enabled = new EnabledClientsClient(sdk);
const usable = new UsableConnectionsClient(sdk);
const clients = new ClientsClient(sdk);

const refusal = (status, code, text = /./) => (error) => {
  assert.equal(error.statusCode, status, JSON.stringify(error.body));
  assert.equal(error.body.errorCode, code);
  assert.match(error.body.message, text);
  return true;
};

async function all(list) {
  const found = [];
  for await (const element of await list) found.push(element);
  return found;
}

async function register(path) {
  return (await clients.registerCimdClient({ external_client_id: publish(path) })).client_id;
}

async function decide(leg, body) {
  const response = await fetch(`${gateway}/decisions/${leg}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${sdk.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

before(async () => {
  await new SettingsClient(sdk).update({ client_id_metadata_document_supported: true });
});

test('an API is created, found by id and by identifier, changed and deleted', async () => {
  const identifier = 'https://api.example.net/orders?v=1&x=%2F';
  const created = await apis
    .create({
      identifier,
      name: 'Orders',
      signing_alg: 'RS256',
      scopes: [{ value: 'read:orders', description: 'Read orders' }, { value: 'write:orders' }],
      allow_offline_access: true,
    })
    .withRawResponse();
  assert.equal(created.rawResponse.status, 201);
  const { id } = created.data;
  assert.match(id, /^[0-9A-Za-z]{24}$/);
  assert.deepEqual(created.data, {
    id,
    identifier,
    name: 'Orders',
    subject_type_authorization: { user: { policy: 'allow_all' }, client: { policy: 'require_client_grant' } },
    allow_offline_access: true,
    token_lifetime: 86400,
    scopes: [{ value: 'read:orders', description: 'Read orders' }, { value: 'write:orders' }],
  });
  assert.deepEqual(await apis.get(id), created.data);
  assert.deepEqual(await apis.get(identifier), created.data);
  const updated = await apis
    .update(identifier, {
      name: 'Orders 2',
      scopes: [{ value: 'read:orders' }],
      subject_type_authorization: { client: { policy: 'deny_all' } },
      token_lifetime: 60,
    })
    .withRawResponse();
  assert.equal(updated.rawResponse.status, 200);
  assert.equal(updated.data.name, 'Orders 2');
  assert.deepEqual(updated.data.scopes, [{ value: 'read:orders' }]);
  assert.deepEqual(updated.data.subject_type_authorization, {
    user: { policy: 'allow_all' },
    client: { policy: 'deny_all' },
  });
  await assert.rejects(apis.create({ identifier }), refusal(409, 'resource_server_conflict'));
  await assert.rejects(
    apis.create({ identifier: 'urn:other', signing_alg: 'HS256' }),
    refusal(400, 'invalid_body', /signing_alg/),
  );
  await assert.rejects(apis.update(id, { identifier: 'urn:moved' }), refusal(400, 'invalid_body', /identifier/));
  await assert.rejects(
    apis.update(id, { scopes: [{ value: 'ok' }, { value: 'two words' }] }),
    refusal(400, 'invalid_body', /scopes\[1\]\.value/),
  );
  assert.equal((await apis.delete(identifier).withRawResponse()).rawResponse.status, 204);
  await assert.rejects(apis.get(identifier), refusal(404, 'inexistent_resource_server', /does not exist/));
  await assert.rejects(apis.get(id), refusal(404, 'inexistent_resource_server'));
});

test('APIs are listed in pages, and by their identifiers', async () => {
  const identifiers = ['a', 'b', 'c', 'd', 'e'].map((letter) => `https://list.example.net/${letter}`);
  for (const identifier of identifiers) await apis.create({ identifier, name: 'Listed' });
  const found = await all(apis.list({ per_page: 2 }));
  for (const identifier of identifiers) assert.ok(found.some((api) => api.identifier === identifier), identifier);
  const two = await apis.list({ identifiers: [identifiers[3], identifiers[1]] });
  assert.deepEqual(two.data.map((api) => api.identifier).sort(), [identifiers[1], identifiers[3]]);
  await assert.rejects(
    apis.list({ identifiers: Array.from({ length: 11 }, (_, i) => `urn:${i}`) }),
    refusal(400, 'invalid_query_string', /identifiers/),
  );
});

test('grants are given to a client and to all third-party clients', async () => {
  const audience = 'https://granted.example.net/';
  await apis.create({ identifier: audience, name: 'Granted', scopes: [{ value: 'read' }, { value: 'write' }] });
  const client_id = await register('/grants/client.json');
  const created = await grants
    .create({ client_id, audience, scope: ['read'], subject_type: 'user' })
    .withRawResponse();
  assert.equal(created.rawResponse.status, 201);
  const { id } = created.data;
  assert.match(id, /^cgr_[0-9A-Za-z]{16}$/);
  const expected = { id, client_id, audience, scope: ['read'], subject_type: 'user', allow_all_scopes: false };
  assert.deepEqual(created.data, expected);
  assert.deepEqual(await grants.get(id), expected);
  const byDefault = await grants.create({ default_for: 'third_party_clients', audience, scope: ['write'] });
  assert.equal(byDefault.client_id, undefined);
  assert.equal(byDefault.default_for, 'third_party_clients');
  assert.equal(byDefault.subject_type, 'client');

  const ids = async (query) => (await all(grants.list({ audience, ...query }))).map((grant) => grant.id).sort();
  assert.deepEqual(await ids({ take: 1 }), [id, byDefault.id].sort());
  assert.deepEqual(await ids({ client_id }), [id]);
  assert.deepEqual(await ids({ subject_type: 'user' }), [id]);
  assert.deepEqual(await ids({ default_for: 'third_party_clients' }), [byDefault.id]);
  assert.deepEqual(await ids({ allow_any_organization: true }), []);

  await assert.rejects(grants.create({ client_id, audience, scope: [], subject_type: 'user' }),
    refusal(409, 'client_grant_conflict'));
  await assert.rejects(grants.create({ client_id, audience, default_for: 'third_party_clients' }),
    refusal(400, 'invalid_body', /client_id/));
  await assert.rejects(grants.create({ client_id, audience, scope: ['nothing'] }), refusal(400, 'invalid_body'));
  await assert.rejects(grants.create({ client_id: 'not an id', audience }), refusal(400, 'invalid_body', /client_id/));
  await assert.rejects(grants.create({ client_id: `tpc_${'0'.repeat(22)}`, audience }), refusal(404, 'inexistent_client'));
  await assert.rejects(grants.create({ client_id, audience: 'urn:none' }), refusal(404, 'inexistent_resource_server'));
  await assert.rejects(grants.create({ client_id, audience, organization_usage: 'allow' }),
    refusal(400, 'invalid_body', /organization_usage/));
  await assert.rejects(grants.update(id, { audience: 'urn:x' }), refusal(400, 'invalid_body', /audience/));

  const updated = await grants.update(id, { scope: null, allow_all_scopes: true });
  assert.equal(updated.allow_all_scopes, true);
  assert.equal(updated.scope, undefined);

  await assert.rejects(apis.delete(audience), refusal(409, 'resource_server_in_use', /2/));
  assert.equal((await grants.delete(id).withRawResponse()).rawResponse.status, 204);
  await assert.rejects(grants.get(id), refusal(404, 'inexistent_client_grant'));
  await apis.delete(audience, { queryParams: { force: true } });
  await assert.rejects(apis.get(audience), refusal(404, 'inexistent_resource_server'));
});

test('connections are created, promoted, listed and deleted', async () => {
  const created = await connections
    .create({
      name: 'interop-db',
      strategy: 'auth0',
      display_name: 'Interop',
      options: { passwordPolicy: 'good', nested: { list: [1, 'two', null, true] } },
      realms: ['example.net'],
      metadata: { team: 'a' },
    })
    .withRawResponse();
  assert.equal(created.rawResponse.status, 201);
  const { id } = created.data;
  assert.match(id, /^con_[0-9A-Za-z]{16}$/);
  assert.deepEqual(await connections.get(id), created.data);
  assert.deepEqual(created.data, {
    id,
    name: 'interop-db',
    display_name: 'Interop',
    strategy: 'auth0',
    is_domain_connection: false,
    show_as_button: false,
    realms: ['example.net'],
    metadata: { team: 'a' },
    options: { passwordPolicy: 'good', nested: { list: [1, 'two', null, true] } },
  });
  assert.deepEqual(Object.keys(await connections.get(id, { fields: 'name,strategy' })).sort(), ['name', 'strategy']);
  const promoted = await connections.update(id, { is_domain_connection: true, options: { other: 2 } });
  assert.equal(promoted.is_domain_connection, true);
  assert.deepEqual(promoted.options, { other: 2 });
  const social = await connections.create({ name: 'interop-social', strategy: 'google-oauth2' });

  const ids = async (query) => (await all(connections.list(query))).map((connection) => connection.id);
  assert.ok((await ids({ take: 1 })).includes(social.id));
  assert.deepEqual(await ids({ strategy: ['google-oauth2'] }), [social.id]);
  assert.deepEqual((await ids({ strategy: ['google-oauth2', 'auth0'] })).sort(), [id, social.id].sort());
  assert.deepEqual(await ids({ name: 'interop-db' }), [id]);

  const client_id = await register('/connections/client.json');
  assert.deepEqual((await usable.get(client_id)).data.map((connection) => connection.id), [id]);
  assert.equal((await enabled.update(social.id, [{ client_id, status: true }]).withRawResponse()).rawResponse.status, 204);
  assert.deepEqual(await all(enabled.get(social.id, { take: 1 })), [{ client_id }]);
  await enabled.update(social.id, [{ client_id, status: false }]);
  assert.deepEqual(await all(enabled.get(social.id)), []);
  await assert.rejects(enabled.update(social.id, [{ client_id }]), refusal(400, 'invalid_body', /\[0\]\.status/));
  await assert.rejects(
    enabled.update(social.id, [{ client_id: `tpc_${'0'.repeat(22)}`, status: true }]),
    refusal(404, 'inexistent_client'),
  );

  await assert.rejects(connections.create({ name: 'interop-db', strategy: 'oidc' }), refusal(409, 'connection_conflict'));
  await assert.rejects(connections.update(id, { strategy: 'oidc' }), refusal(400, 'invalid_body', /strategy/));
  await assert.rejects(connections.update(id, { is_domain_connection: false }), refusal(409, 'connection_in_use'));
  await assert.rejects(connections.delete(id), refusal(409, 'connection_in_use'));
  assert.equal((await connections.delete(social.id).withRawResponse()).rawResponse.status, 204);
  await connections.delete(id, { queryParams: { force: true } });
  await assert.rejects(connections.get(id), refusal(404, 'inexistent_connection', /does not exist/));
});

test('a decision is denied with reasons, then allowed, and its basis carries over to the token', async () => {
  const audience = 'https://decided.example.net/';
  await apis.create({ identifier: audience, name: 'Decided', scopes: [{ value: 'read' }, { value: 'write' }] });
  const client_id = await register('/decisions/client.json');
  const url = publish('/decisions/client.json');
  const request = {
    client_id: url,
    redirect_uri: 'https://client.example.net/callback',
    response_type: 'code',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    audience,
    scope: 'read write',
  };
  const denied = await decide('authorize', { ...request, code_challenge_method: 'plain' });
  assert.equal(denied.status, 200);
  assert.equal(denied.body.allowed, false);
  const reasons = denied.body.failed_checks.map((check) => check.reason);
  for (const reason of ['PKCE_METHOD', 'GRANT_MISSING', 'CONNECTION_NONE']) {
    assert.ok(reasons.includes(`CHECK_REASON_${reason}`), reasons.join());
  }
  await grants.create({ client_id, audience, scope: ['read'], subject_type: 'user' });
  const connection = await connections.create({ name: 'decided', strategy: 'auth0', is_domain_connection: true });
  const allowed = await decide('authorize', request);
  assert.deepEqual(allowed.body.failed_checks, []);
  assert.equal(allowed.body.allowed, true);
  assert.deepEqual(allowed.body.scopes, ['read']);
  assert.deepEqual(allowed.body.dropped_scopes, [{ scope: 'write', reason: 'REASON_NOT_GRANTED' }]);
  assert.equal(allowed.body.connections[0].connection_name, 'decided');
  assert.equal(allowed.body.consent.client_host, new URL(url).hostname);
  const token = await decide('token', {
    grantType: 'authorization_code',
    clientId: url,
    redirect_uri: request.redirect_uri,
    authenticationMethod: 'none',
    basis: allowed.body.basis,
  });
  assert.equal(token.status, 200);
  assert.deepEqual(token.body.failed_checks, []);
  assert.equal(token.body.allowed, true);
  assert.equal(token.body.token_lifetime_seconds, 86400);

  for (const [body, text] of [
    [{ ...request, parent: 'tenants/other' }, /parent/],
    [{ ...request, made_up: 1 }, /made_up/],
    [{ ...request, resources: {} }, /resources/],
    [{ ...request, scope: 'x'.repeat(5000) }, /scope/],
  ]) {
    const refused = await decide('authorize', body);
    assert.equal(refused.status, 400);
    assert.equal(refused.body.errorCode, 'invalid_body');
    assert.match(refused.body.message, text);
  }
  await connections.delete(connection.id, { queryParams: { force: true } });
});
