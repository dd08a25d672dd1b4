/**
 * Answers aws-lambda-ric's `require('./rapid-client.node')` with a plain HTTP client of the Runtime API, so that
 * the package runs as installed: its native client would have to be compiled. Loaded with `node --require`.
 */
const http = require('node:http');
const Module = require('node:module');

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** The report of the last invocation: the client is told to ask for more before it is through. */
let reported = Promise.resolve();

const client = { initializeClient, next, done, error };

const load = Module._load;
Module._load = function (request, ...rest) {
  return request === './rapid-client.node' ? client : load.call(this, request, ...rest);
};

/** Needed by the native client only. */
function initializeClient() {
  return undefined;
}

async function next() {
  await reported;
  return new Promise((resolve, reject) => {
    const request = http.get({ hostname, port, agent, path: '/2018-06-01/runtime/invocation/next' });
    request.on('error', reject);
    request.on('response', (response) => {
      let bodyJson = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        bodyJson += chunk;
      });
      response.on('end', () => resolve({ bodyJson, headers: response.headers }));
    });
  });
}

function done(id, body) {
  reported = report(id, 'response', body);
}

function error(id, body) {
  reported = report(id, 'error', body);
}

/** The END line goes first, so that the host knows which lines belong to this invocation. */
async function report(id, kind, body) {
  await new Promise((resolve) => process.stdout.write(`END RequestId: ${id}\n`, resolve));
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const path = `/2018-06-01/runtime/invocation/${id}/${kind}`;
  await new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, agent, path, method: 'POST', headers });
    request.on('error', reject);
    request.on('response', (response) => response.resume().on('end', resolve));
    request.end(body);
  });
}
