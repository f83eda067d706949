// Reads a JSON list of Flux queries, writes a JSON list of booleans: is each one valid?
const flux = require('@influxdata/flux-lsp-node');
const queries = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(queries.map((query) => flux.is_valid_flux(query))));
