// Which connections NetworkPolicies allow. A peer is a pod { namespace, labels } or an address { address }.
import { BlockList, isIP } from 'node:net';
import { selects } from './manifests.mjs';

// The only namespace label that Kubernetes sets itself.
const namespaceLabels = (name) => ({ 'kubernetes.io/metadata.name': name });

function contains(cidr, address) {
  const [network, bits] = cidr.split('/');
  if (isIP(network) !== isIP(address)) return false;
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family);
  return block.check(address, family);
}

function matches(selector, peer, namespace) {
  if (selector.ipBlock) {
    return peer.address !== undefined && contains(selector.ipBlock.cidr, peer.address) &&
      !(selector.ipBlock.except ?? []).some((cidr) => contains(cidr, peer.address));
  }
  if (peer.address !== undefined) return false;
  const inNamespace = selector.namespaceSelector
    ? selects(selector.namespaceSelector, namespaceLabels(peer.namespace)) : peer.namespace === namespace;
  return inNamespace && (!selector.podSelector || selects(selector.podSelector, peer.labels));
}

function allowsOne(policies, direction, subject, peer, protocol, port) {
  const member = direction === 'Ingress' ? 'from' : 'to';
  const applying = policies.filter((policy) => policy.spec.policyTypes.includes(direction) &&
    policy.metadata.namespace === subject.namespace && selects(policy.spec.podSelector, subject.labels));
  if (applying.length === 0) return true;
  return applying.some((policy) => (policy.spec[direction.toLowerCase()] ?? []).some((rule) =>
    (!rule.ports || rule.ports.some((each) => each.protocol === protocol && each.port === port)) &&
    (!rule[member] || rule[member].some((selector) => matches(selector, peer, policy.metadata.namespace)))));
}

// Whether `from` may connect to `port` of `to`. Both ends must allow it; addresses and pods of other namespaces have no
// policies here.
export function allows(objects, from, to, port, protocol = 'TCP') {
  const policies = objects.filter((object) => object.kind === 'NetworkPolicy');
  return (from.address !== undefined || allowsOne(policies, 'Egress', from, to, protocol, port)) &&
    (to.address !== undefined || allowsOne(policies, 'Ingress', to, from, protocol, port));
}
