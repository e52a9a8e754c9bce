// The declared metrics, and those that a PromQL expression uses.
import { parser } from '@prometheus-io/lezer-promql';
import { read } from './manifests.mjs';

const histogramParts = [['_bucket', ['le']], ['_sum', []], ['_count', []]];

// Labels of each series by its name, from metric_names.h, where a constant follows the line that tells its type.
export function declaredMetrics() {
  const series = new Map();
  const declaration = /^\/\/ (Counter|Gauge|Histogram)(?: \{([^}]*)\})?:(?:.*\n\/\/)*.*\ninline constexpr char \w+\[\] = "(\w+)";$/gm;
  const header = read('server/telemetry/metric_names.h');
  const declarations = [...header.matchAll(declaration)];
  if (declarations.length !== [...header.matchAll(/inline constexpr char/g)].length) {
    throw new Error('a metric without its type and labels in metric_names.h');
  }
  for (const [, type, list, name] of declarations) {
    const labels = list === undefined ? [] : list.split(', ');
    if (type === 'Histogram') {
      for (const [suffix, more] of histogramParts) series.set(name + suffix, [...labels, ...more]);
    } else {
      series.set(name, labels);
    }
  }
  return series;
}

// The selectors of an expression (names with matchers) and the labels that it groups by.
export function selectorsOf(expression) {
  const selectors = [];
  const grouping = [];
  const text = (node) => expression.slice(node.from, node.to);
  parser.parse(expression).iterate({
    enter: ({ type, node }) => {
      if (type.isError) throw new Error(`not PromQL at ${node.from}: ${expression}`);
      if (type.name === 'VectorSelector') {
        const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
        selectors.push({
          name: text(node.getChild('Identifier')),
          matchers: matchers.map((matcher) => ({
            label: text(matcher.getChild('LabelName')),
            values: JSON.parse(text(matcher.getChild('StringLiteral'))).split('|'),
          })),
        });
      }
      if (type.name === 'GroupingLabels') grouping.push(...node.getChildren('LabelName').map(text));
    },
  });
  return { selectors, grouping };
}
