// Admin work with a generic gRPC client that knows nothing but the server's reflection.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { buf, bufCurl, call, publish, server } from './setting.mjs';

before(() => {
  call('cimd.v1.AdminService/UpdateTenant', {
    tenant: { name: 'tenants/default', clientIdMetadataDocumentSupported: true },
    updateMask: 'clientIdMetadataDocumentSupported',
  });
});

test('reflection lists every service', () => {
  const out = execFileSync(buf, [...bufCurl, '--list-services', `http://${server}`], { encoding: 'utf8' });
  for (const service of ['cimd.v1.RegistrationService', 'cimd.v1.MetadataService', 'cimd.v1.AdminService', 'grpc.health.v1.Health']) {
    assert.ok(out.includes(service), out);
  }
});

test('health is served without a token', () => {
  assert.deepEqual(call('grpc.health.v1.Health/Check', {}, {}), { status: 'SERVING' });
});

test('a client is registered and looked up', () => {
  const url = publish('/grpc.json');
  const registered = call('cimd.v1.RegistrationService/RegisterClient', { parent: 'tenants/default', externalClientId: url });
  assert.equal(registered.created, true);
  const found = call('cimd.v1.RegistrationService/LookupClient', { parent: 'tenants/default', externalClientId: url });
  assert.equal(found.name, registered.client.name);
});

test('an error names its reason', () => {
  assert.throws(
    () => call('cimd.v1.RegistrationService/LookupClient', { parent: 'tenants/default', externalClientId: 'https://nobody.example.net/x' }),
    (error) => {
      const answer = JSON.parse(error.stderr.slice(error.stderr.indexOf('{')));
      assert.equal(answer.code, 'not_found');
      const info = answer.details.find((detail) => detail.type === 'google.rpc.ErrorInfo');
      assert.match(Buffer.from(info.value, 'base64').toString(), /CLIENT_NOT_FOUND/);
      return true;
    },
  );
});
