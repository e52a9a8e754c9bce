import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allows } from './network.mjs';
import { find, objectsOf, read, selects, workloadsOf } from './manifests.mjs';

const complete = objectsOf('overlays/complete');
const pod = (name, namespace = 'cimd') => ({ namespace, labels: { 'app.kubernetes.io/name': name } });
const server = pod('cimd-server');
const gateway = pod('cimd-gateway');
const backup = pod('cimd-backup');
const resolver = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const prometheus = pod('prometheus', 'monitoring');
const internet = { address: '1.1.1.1' };

test('who may talk to whom', () => {
  const table = [
    // Calls of the API
    [true, gateway, server, 8470],
    [true, backup, server, 8470],
    [false, pod('other'), server, 8470],
    [false, pod('cimd-gateway', 'elsewhere'), server, 8470],
    [false, internet, server, 8470],
    // Other ports of the server
    [false, gateway, server, 9464],
    [false, gateway, server, 8472],
    [true, prometheus, server, 9464],
    [false, prometheus, server, 8470],
    [false, pod('prometheus', 'elsewhere'), server, 9464],
    // Everybody may call the gateway
    [true, internet, gateway, 8471],
    [true, pod('authorization-server', 'elsewhere'), gateway, 8471],
    [false, internet, gateway, 9464],
    [true, prometheus, gateway, 9464],
    [false, pod('prometheus', 'elsewhere'), gateway, 9464],
    [false, server, gateway, 9464],
    // Nobody may call a backup job
    [false, internet, backup, 8470],
    [false, server, backup, 8470],
    // Fetches
    [true, server, internet, 443],
    [true, server, { address: '2606:4700::1111' }, 443],
    [false, server, internet, 80],
    [false, server, internet, 8443],
    [false, server, { address: '10.96.0.1' }, 443],
    [false, server, { address: '172.31.255.255' }, 443],
    [false, server, { address: '192.168.1.1' }, 443],
    [false, server, { address: '169.254.169.254' }, 443],
    [false, server, { address: '100.100.100.200' }, 443],
    [false, server, { address: 'fd00:ec2::254' }, 443],
    [false, server, { address: 'fe80::1' }, 443],
    [false, server, { address: '64:ff9b::a00:1' }, 443],
    [false, server, { address: '2002:a00:1::' }, 443],
    [false, server, gateway, 443],
    [false, server, pod('anything', 'elsewhere'), 443],
    // No other pod reaches the outside
    [false, gateway, internet, 443],
    [false, backup, internet, 443],
    [false, pod('cimd-restore'), server, 8470],
    [false, pod('cimd-restore'), internet, 443],
    [false, pod('other'), internet, 443],
    // Names
    [true, server, resolver, 53, 'UDP'],
    [true, gateway, resolver, 53, 'TCP'],
    [true, backup, resolver, 53, 'UDP'],
    [false, server, { address: '8.8.8.8' }, 53, 'UDP'],
    [false, server, resolver, 443],
  ];
  for (const [expected, from, to, port, protocol] of table) {
    assert.equal(allows(complete, from, to, port, protocol), expected,
                 `${JSON.stringify(from)} to ${JSON.stringify(to)} ${protocol ?? 'TCP'} ${port}`);
  }
});

test('without components, only gateways reach the server', () => {
  const embedded = objectsOf('overlays/embedded');
  assert.equal(allows(embedded, gateway, server, 8470), true);
  assert.equal(allows(embedded, backup, server, 8470), false);
  assert.equal(allows(embedded, prometheus, server, 9464), false);
});

test('the blocks that fetches may not reach are those of the address policy', () => {
  const refused = [...read('server/fetch/address_policy.cc').matchAll(/\{"([0-9a-f.:]+\/\d+)", "/g)].map((match) => match[1]);
  assert.ok(refused.length > 30);
  const [{ to }] = find(complete, 'NetworkPolicy', 'cimd-server').spec.egress;
  const [ipv4, ipv6] = to.map((peer) => peer.ipBlock);
  assert.deepEqual(ipv4.except, refused.filter((cidr) => !cidr.includes(':')));
  // The address policy begins with 2000::/3 as well.
  assert.equal(ipv6.cidr, '2000::/3');
  assert.deepEqual(ipv6.except, refused.filter((cidr) => /^[23]...:/.test(cidr)));
});

test('every policy applies to pods that exist, and names ports that they have', () => {
  const pods = workloadsOf(complete).map(({ pod: { metadata, spec } }) => ({ labels: metadata.labels, spec }));
  for (const policy of complete.filter((object) => object.kind === 'NetworkPolicy')) {
    const subjects = pods.filter(({ labels }) => selects(policy.spec.podSelector, labels));
    assert.ok(subjects.length > 0, policy.metadata.name);
    for (const { port } of (policy.spec.ingress ?? []).flatMap((rule) => rule.ports)) {
      const declared = subjects.flatMap(({ spec }) => spec.containers.flatMap((container) => container.ports ?? []));
      assert.ok(declared.some(({ containerPort }) => containerPort === port), `${policy.metadata.name}: ${port}`);
    }
  }
});
