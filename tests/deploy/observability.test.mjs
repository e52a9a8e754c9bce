import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import YAML from 'yaml';
import { find, objectsOf, read } from './manifests.mjs';
import { declaredMetrics, selectorsOf } from './metrics.mjs';

const complete = objectsOf('overlays/complete');
const rule = find(complete, 'PrometheusRule', 'cimd');
const alerts = rule.spec.groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(find(complete, 'ConfigMap', 'cimd-dashboard').data['dashboard.json']);
const panels = dashboard.panels.filter((panel) => panel.type !== 'row');

// Metrics of the kubelet and of kube-state-metrics.
const foreign = new Map([
  ['kubelet_volume_stats_available_bytes', ['persistentvolumeclaim']],
  ['kubelet_volume_stats_capacity_bytes', ['persistentvolumeclaim']],
  ['kube_cronjob_created', ['cronjob']],
  ['kube_cronjob_status_last_successful_time', ['cronjob']],
]);
const known = new Map([...declaredMetrics(), ...foreign]);

// Where the values of labels come from.
const classes = ['1xx', '2xx', '3xx', '4xx', '5xx'];
const codes = ['OK', 'UNAUTHENTICATED', 'UNAVAILABLE', 'INTERNAL', 'UNKNOWN', 'DATA_LOSS', 'RESOURCE_EXHAUSTED'];
function isValue(label, value) {
  if (label === 'method') return read('server/rpc/method_table.h').includes(`{"${value}",`);
  if (label === 'code') return codes.includes(value);
  if (label === 'status') return classes.includes(value);
  if (label === 'outcome') return ['allowed', 'denied', 'hit', 'miss'].includes(value);
  if (label === 'kind') return read('proto/cimd/v1/metadata_document.proto').includes(` FETCH_FAILURE_KIND_${value} = `);
  if (label === 'reason') return read('proto/cimd/v1/metadata_document.proto').includes(` FETCH_FAILURE_REASON_${value} = `);
  return true;
}

function faultsIn(expression) {
  const faults = [];
  const { selectors, grouping } = selectorsOf(expression);
  // Labels of every scraped target.
  const labels = new Set(['namespace', 'pod']);
  for (const { name, matchers } of selectors) {
    if (!known.has(name)) faults.push(`there is no metric ${name}`);
    for (const label of known.get(name) ?? []) labels.add(label);
    for (const { label, values } of matchers) {
      if (label === 'namespace') continue;
      if (!known.get(name)?.includes(label)) faults.push(`${name} has no label ${label}`);
      for (const value of values) if (value !== '.*' && !isValue(label, value)) faults.push(`no ${label} is ${value}`);
    }
    if (!matchers.some(({ label }) => label === 'namespace')) faults.push(`${name} of every namespace`);
  }
  for (const label of grouping) if (!labels.has(label)) faults.push(`grouped by ${label}`);
  return faults;
}

// An expression of the dashboard, with values for its variables.
function filled(expression) {
  return expression.replaceAll('$__rate_interval', '5m').replaceAll('$namespace', 'cimd').replaceAll('$method', '.*');
}

test('both programs list their metrics', () => {
  const metrics = declaredMetrics();
  assert.deepEqual(metrics.get('cimd_rpc_calls_total'), ['method', 'code', 'reason']);
  assert.deepEqual(metrics.get('cimd_rpc_seconds_bucket'), ['method', 'le']);
  assert.deepEqual(metrics.get('cimd_store_commits_total'), []);
  assert.deepEqual(metrics.get('cimd_gateway_requests_total'), ['method', 'route', 'status']);
});

test('alerts ask for metrics that exist', () => {
  for (const { alert, expr } of alerts) assert.deepEqual(faultsIn(expr), [], alert);
});

test('alerts say how bad it is, what it means and what to do', () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.ok(['critical', 'warning'].includes(labels.severity), alert);
    assert.ok(annotations.summary && annotations.description, alert);
  }
});

test('the dashboard asks for metrics that exist', () => {
  assert.ok(panels.length > 10);
  for (const panel of panels) {
    assert.ok(panel.targets.length > 0, panel.title);
    for (const { expr } of panel.targets) assert.deepEqual(faultsIn(filled(expr)), [], panel.title);
  }
  for (const { type, query } of dashboard.templating.list) {
    if (type !== 'query') continue;
    const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(filled(query));
    for (const { name } of selectorsOf(selector).selectors) {
      assert.ok(label === 'namespace' || known.get(name).includes(label), query);
    }
  }
});

test('the dashboard shows every metric of both programs', () => {
  const shown = new Set(panels.flatMap((panel) => panel.targets.flatMap(({ expr }) =>
    selectorsOf(filled(expr)).selectors.map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')))));
  const declared = new Set([...declaredMetrics().keys()].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
  assert.deepEqual([...declared].filter((name) => !shown.has(name)), []);
});

test('the dashboard\'s panels have places of their own and ask the chosen source', () => {
  const places = new Set();
  for (const { id, title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; ++column) {
      for (let line = y; line < y + h; ++line) {
        assert.ok(!places.has(`${column} ${line}`), title);
        places.add(`${column} ${line}`);
      }
    }
    assert.equal(dashboard.panels.filter((panel) => panel.id === id).length, 1);
  }
  for (const panel of panels) {
    for (const { uid } of [panel.datasource, ...panel.targets.map((target) => target.datasource)]) {
      assert.equal(uid, '${datasource}', panel.title);
    }
    assert.ok(panel.fieldConfig.defaults.unit, panel.title);
  }
});

test('alerts fire when they should', { skip: process.env.CIMD_PROMTOOL ? false : 'there is no promtool' }, () => {
  const cases = read('tests/deploy/alerts_test.yaml');
  const tested = new Set(YAML.parse(cases).tests.flatMap((one) => one.alert_rule_test.map(({ alertname }) => alertname)));
  assert.deepEqual([...tested].sort(), alerts.map(({ alert }) => alert).sort());
  const work = mkdtempSync(join(tmpdir(), 'cimd-alerts-'));
  try {
    writeFileSync(join(work, 'alerts.yaml'), YAML.stringify(rule.spec));
    writeFileSync(join(work, 'alerts_test.yaml'), cases);
    execFileSync(process.env.CIMD_PROMTOOL, ['test', 'rules', 'alerts_test.yaml'], { cwd: work, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    assert.fail(`${error.stdout}${error.stderr}`);
  } finally {
    rmSync(work, { recursive: true });
  }
});

// Shows that the checks above can fail.
test('the checks find what is wrong', () => {
  assert.match(faultsIn('cimd_nothing{namespace="cimd"}')[0], /there is no metric/);
  assert.match(faultsIn('cimd_rpc_calls_total{namespace="cimd", kind="OK"}')[0], /has no label kind/);
  assert.match(faultsIn('cimd_rpc_calls_total{namespace="cimd", method="cimd.v1.RegistrationService/FindClient"}')[0], /no method is/);
  assert.match(faultsIn('cimd_rpc_calls_total{namespace="cimd", code="BAD"}')[0], /no code is/);
  assert.match(faultsIn('sum by (kind) (cimd_rpc_calls_total{namespace="cimd"})')[0], /grouped by kind/);
  assert.match(faultsIn('sum(cimd_rpc_calls_total)')[0], /every namespace/);
  assert.throws(() => selectorsOf('sum(cimd_rpc_calls_total'), /not PromQL/);
});
