// node-redis as it is, with nothing changed but the port.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { BasicClientSideCache, createClient, createClientPool, defineScript, RESP_TYPES, WatchError } from 'redis';
import { eventually, host, lockedPort, numbers, password, port } from './peer.mjs';

const opened = [];

async function connect({ port: chosen = port, ...options } = {}) {
  const client = createClient({ socket: { host, port: chosen, reconnectStrategy: false }, ...options });
  client.on('error', () => {}); // each command reports its own
  opened.push(client);
  return client.connect();
}

beforeEach(async () => {
  await (await connect()).flushAll();
});

afterEach(() => {
  for (const client of opened.splice(0)) {
    client.destroy();
  }
});

async function blocked(client) {
  return Number(/blocked_clients:(\d+)/.exec(await client.info('clients'))[1]);
}

for (const RESP of [2, 3]) {
  test(`writes and reads, RESP${RESP}`, async () => {
    const client = await connect({ RESP });
    assert.equal(await client.set('key', 'value'), 'OK');
    assert.equal(await client.get('key'), 'value');
    assert.equal(await client.get('nothing'), null);
    const bytes = Buffer.from(numbers(256));
    await client.set('bytes', bytes);
    assert.deepEqual(await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get('bytes'), bytes);
    await client.hSet('hash', { a: 1, b: 2 });
    assert.deepEqual({ ...(await client.hGetAll('hash')) }, { a: '1', b: '2' });
    await client.zAdd('z', { score: 1.5, value: 'one' });
    assert.equal(await client.zScore('z', 'one'), 1.5);
    assert.deepEqual(await client.zRangeWithScores('z', 0, -1), [{ value: 'one', score: 1.5 }]);
    assert.equal(await client.sIsMember('set', 'nobody'), 0);
    await assert.rejects(client.incr('hash'), /WRONGTYPE/);
    assert.equal(await client.get('key'), 'value');
  });

  test(`commands of one turn are pipelined by themselves, RESP${RESP}`, async () => {
    const client = await connect({ RESP });
    await client.set('text', 'no number');
    const answers = await Promise.allSettled(
      numbers(500).flatMap(i => [client.incr('counter'), client.lPush('text', 'x'), client.set(`key:${i}`, String(i)), client.get(`key:${i}`)]),
    );
    for (const i of numbers(500)) {
      assert.equal(answers[4 * i].value, i + 1);
      assert.match(answers[4 * i + 1].reason.message, /WRONGTYPE/);
      assert.equal(answers[4 * i + 2].value, 'OK');
      assert.equal(answers[4 * i + 3].value, String(i));
    }
  });

  test(`transactions run, RESP${RESP}`, async () => {
    const client = await connect({ RESP });
    assert.deepEqual(await client.multi().set('key', '1').incr('key').get('key').exec(), ['OK', 2, '2']);
    const among = await Promise.all([
      client.incr('key'),
      client.multi().incr('key').incr('key').exec(),
      client.incr('key'),
      client.multi().incr('key').execAsPipeline(),
    ]);
    assert.deepEqual(among, [3, [4, 5], 6, [7]]);
    await assert.rejects(client.multi().set('key', '8').addCommand(['SET', 'key']).exec());
    assert.equal(await client.get('key'), '7');
  });

  test(`a watched key that another client changes aborts the transaction, RESP${RESP}`, async () => {
    const client = await connect({ RESP });
    const other = await connect({ RESP });
    await client.set('key', '1');
    await client.watch('key');
    await other.set('key', '2');
    await assert.rejects(client.multi().set('key', '3').exec(), WatchError);
    assert.equal(await client.get('key'), '2');
    await client.watch('key');
    await other.set('key', '3');
    await client.unwatch();
    assert.deepEqual(await client.multi().incr('key').exec(), [4]);
  });

  test(`a pool counts without losing an update, RESP${RESP}`, async () => {
    const pool = createClientPool({ socket: { host, port }, RESP }, { minimum: 1, maximum: 8 });
    pool.on('error', () => {});
    await pool.connect();
    try {
      await pool.set('count', '0');
      const increment = () => pool.execute(async client => {
        for (;;) {
          await client.watch('count');
          const count = Number(await client.get('count'));
          try {
            return await client.multi().set('count', String(count + 1)).exec();
          } catch (error) {
            assert.ok(error instanceof WatchError, error);
          }
        }
      });
      await Promise.all(numbers(40).map(increment));
      assert.equal(await pool.get('count'), '40');
    } finally {
      pool.destroy();
    }
  });

  test(`a blocking pop waits without holding up anybody, RESP${RESP}`, async () => {
    const waiting = [];
    for (const i of numbers(10)) {
      waiting.push((await connect({ RESP })).blPop(`list:${i}`, 60));
    }
    const other = await connect({ RESP });
    await eventually('all wait', async () => (await blocked(other)) === 10);
    for (const i of numbers(10)) {
      await other.rPush(`list:${i}`, String(i));
    }
    const popped = await Promise.all(waiting);
    assert.deepEqual(popped.map(({ key, element }) => `${key} ${element}`), numbers(10).map(i => `list:${i} ${i}`));
    const client = await connect({ RESP });
    assert.equal(await client.blPop('nothing', 0.05), null);
    assert.equal(await client.ping(), 'PONG');
    const read = client.xRead({ key: 'stream', id: '$' }, { BLOCK: 60_000 });
    await eventually('the reader waits', async () => (await blocked(other)) === 1);
    await other.xAdd('stream', '*', { field: 'value' });
    assert.match(JSON.stringify(await read), /stream.*field.*value/);
  });

  test(`messages come in order, to the subscribed only, RESP${RESP}`, async () => {
    const subscriber = await connect({ RESP });
    const publisher = await connect({ RESP });
    const received = [];
    await subscriber.subscribe(['news', 'more'], (message, channel) => received.push(`${channel} ${message}`));
    await subscriber.pSubscribe('w*', (message, channel) => received.push(`w* ${channel} ${message}`));
    const expected = [];
    for (const i of numbers(100)) {
      assert.equal(await publisher.publish('news', String(i)), 1);
      assert.equal(await publisher.publish('weather', String(i)), 1);
      expected.push(`news ${i}`, `w* weather ${i}`);
      if (RESP === 3 && i % 10 === 0) {
        assert.equal(await subscriber.incr('between'), i / 10 + 1); // RESP3 lets a subscriber ask as well
      }
    }
    await eventually('all messages', () => received.length >= expected.length);
    assert.deepEqual(received, expected);
    await subscriber.unsubscribe();
    await subscriber.pUnsubscribe();
    assert.equal(await publisher.publish('news', 'nobody listens'), 0);
    assert.equal(String(await subscriber.set('key', 'ordinary again')), 'OK'); // right after, node-redis may give a Buffer
    assert.equal(String(await subscriber.get('key')), 'ordinary again');
  });

  test(`a database is its own connection's, RESP${RESP}`, async () => {
    const zero = await connect({ RESP });
    const five = await connect({ RESP, database: 5 });
    await zero.set('key', 'zero');
    assert.equal(await five.get('key'), null);
    await five.set('key', 'five');
    assert.equal(await zero.get('key'), 'zero');
    await zero.select(5);
    assert.equal(await zero.get('key'), 'five');
    await zero.select(0);
    assert.equal(await zero.get('key'), 'zero');
  });

  test(`a password opens a Redis that asks for one, RESP${RESP}`, async () => {
    await assert.rejects(
      connect({ RESP, port: lockedPort }).then(client => client.get('key')),
      /NOAUTH/,
    );
    await assert.rejects(connect({ RESP, port: lockedPort, password: 'wrong' }), /WRONGPASS/);
    const known = await connect({ RESP, port: lockedPort, password });
    await known.set('key', 'value');
    const named = await connect({ RESP, port: lockedPort, username: 'default', password, database: 3 });
    assert.equal(await named.get('key'), null);
    await named.select(0);
    assert.equal(await named.get('key'), 'value');
  });

  test(`scripts run, by text and by digest, RESP${RESP}`, async () => {
    const append2 = defineScript({
      NUMBER_OF_KEYS: 1,
      SCRIPT: "redis.call('append', KEYS[1], ARGV[1]) return redis.call('append', KEYS[1], ARGV[2])",
      parseCommand(parser, key, one, two) {
        parser.pushKey(key);
        parser.push(one, two);
      },
      transformReply: undefined,
    });
    const client = await connect({ RESP, scripts: { append2 } });
    assert.equal(await client.append2('key', 'ab', 'c'), 3);
    assert.equal(await client.append2('key', 'd', 'e'), 5);
    assert.deepEqual(await client.multi().append2('key', 'f', 'g').get('key').exec(), [7, 'abcdefg']);
    assert.deepEqual(await client.eval('return {KEYS[1], ARGV[1]}', { keys: ['k'], arguments: ['v'] }), ['k', 'v']);
    await client.scriptFlush();
    await assert.rejects(client.evalSha('f'.repeat(40)), /NOSCRIPT/);
    assert.equal(await client.append2('key', 'h', 'i'), 9);
    await client.functionLoad("#!lua name=lib\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)", { REPLACE: true });
    assert.equal(await client.fCall('twice', { arguments: ['21'] }), 42);
    await client.functionFlush();
  });

  test(`a scan finds every key, RESP${RESP}`, async () => {
    const client = await connect({ RESP });
    await client.mSet(Object.fromEntries(numbers(500).map(i => [`scan:${i}`, String(i)])));
    const found = new Set();
    for await (const keys of client.scanIterator({ MATCH: 'scan:*', COUNT: 50 })) {
      keys.forEach(key => found.add(key));
    }
    assert.equal(found.size, 500);
  });

  test(`a connection keeps its name, RESP${RESP}`, async () => {
    const first = await connect({ RESP, name: 'first' });
    const second = await connect({ RESP, name: 'second' });
    assert.equal(await first.clientGetName(), 'first');
    assert.equal(await second.clientGetName(), 'second');
    await second.clientSetName('third');
    assert.equal(await second.clientGetName(), 'third');
    assert.equal(await first.clientGetName(), 'first');
  });
}

test('a client-side cache is told what others change', async () => {
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 100, evictPolicy: 'LRU', recordStats: true });
  const client = await connect({ RESP: 3, clientSideCache: cache });
  const other = await connect();
  await other.set('key', 'one');
  await other.set('stays', 'same');
  assert.equal(await client.get('key'), 'one');
  assert.equal(await client.get('stays'), 'same');
  for (const i of numbers(50)) {
    await other.set('key', `value ${i}`);
    await eventually('the new value', async () => (await client.get('key')) === `value ${i}`);
  }
  assert.equal(await client.get('stays'), 'same');
  assert.ok(cache.stats().hitCount > 0);
  await other.flushAll();
  await eventually('that nothing is left', async () => (await client.get('stays')) === null);
});

test('RESP3 replies keep their types', async () => {
  const client = await connect({ RESP: 3 });
  await client.zAdd('z', { score: 1.5, value: 'one' });
  assert.equal(await client.sendCommand(['ZSCORE', 'z', 'one']), 1.5);
  assert.deepEqual(Object.keys(await client.sendCommand(['CONFIG', 'GET', 'maxmemory'])), ['maxmemory']);
  const script = value => client.eval(`redis.setresp(3) return ${value}`);
  const answers = await Promise.all([
    client.echo('before'),
    script('true'),
    script('{double = 2.5}'),
    script("{big_number = '1234567999999999999999999999999999999'}"),
    script('nil'),
    script("{map = {field = 'value'}}"),
    client.echo('after'),
  ]);
  assert.equal(answers.pop(), 'after');
  assert.deepEqual({ ...answers.pop() }, { field: 'value' });
  assert.deepEqual(answers, ['before', true, 2.5, 1234567999999999999999999999999999999n, null]);
});

test('a monitor sees the commands of others', async () => {
  const seen = [];
  const monitor = await connect();
  await monitor.monitor(line => seen.push(String(line).toLowerCase()));
  await (await connect()).set('key', 'value');
  await eventually('the command', () => seen.some(line => line.includes('"set" "key" "value"')));
});

test('large values come whole', async () => {
  const client = (await connect()).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const value = Buffer.alloc(3 << 20, 'boxcar');
  await client.set('large', value);
  assert.deepEqual(await client.get('large'), value);
  assert.equal(await client.strLen('large'), value.length);
});

test('a hundred connections get their own answers', async () => {
  const all = await Promise.all(numbers(100).map(() => connect()));
  await Promise.all(all.map(async (client, me) => {
    for (const round of numbers(20)) {
      const answers = await Promise.all([
        client.set(`client:${me}`, `${me}/${round}`),
        client.get(`client:${me}`),
        client.incr(`count:${me}`),
      ]);
      assert.deepEqual(answers, ['OK', `${me}/${round}`, round + 1]);
    }
  }));
});
