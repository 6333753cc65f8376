// ioredis as it is, with nothing changed but the port.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Redis } from 'ioredis';
import { eventually, host, lockedPort, numbers, password, port } from './peer.mjs';

const opened = [];

function connect(options = {}) {
  const redis = new Redis({ host, port, maxRetriesPerRequest: 0, retryStrategy: null, ...options });
  redis.on('error', () => {}); // each command reports its own
  opened.push(redis);
  return redis;
}

beforeEach(async () => {
  await connect().flushall();
});

afterEach(() => {
  for (const redis of opened.splice(0)) {
    redis.disconnect();
  }
});

for (const protocol of [2, 3]) {
  test(`writes and reads, RESP${protocol}`, async () => {
    const redis = connect({ protocol });
    assert.equal(await redis.set('key', 'value'), 'OK');
    assert.equal(await redis.get('key'), 'value');
    assert.equal(await redis.get('nothing'), null);
    const bytes = Buffer.from(numbers(256));
    await redis.set('bytes', bytes);
    assert.deepEqual(await redis.getBuffer('bytes'), bytes);
    await redis.hset('hash', { a: 1, b: 2 });
    assert.deepEqual(await redis.hgetall('hash'), { a: '1', b: '2' });
    await redis.zadd('z', 1.5, 'one');
    assert.equal(await redis.zscore('z', 'one'), '1.5');
    await assert.rejects(redis.incr('hash'), /WRONGTYPE/);
    assert.equal(await redis.get('key'), 'value');
  });

  test(`a pipeline gives each command its own answer or error, RESP${protocol}`, async () => {
    const redis = connect({ protocol });
    const pipeline = redis.pipeline().set('text', 'no number');
    for (const i of numbers(1000)) {
      pipeline.incr('counter').lpush('text', i).set(`key:${i}`, i).get(`key:${i}`);
    }
    const [first, ...results] = await pipeline.exec();
    assert.deepEqual(first, [null, 'OK']);
    for (const i of numbers(1000)) {
      assert.deepEqual(results[4 * i], [null, i + 1]);
      assert.match(results[4 * i + 1][0].message, /WRONGTYPE/);
      assert.deepEqual(results[4 * i + 2], [null, 'OK']);
      assert.deepEqual(results[4 * i + 3], [null, String(i)]);
    }
  });

  test(`commands of one turn are pipelined by themselves, RESP${protocol}`, async () => {
    const redis = connect({ protocol, enableAutoPipelining: true });
    const counts = await Promise.all(numbers(500).map(() => redis.incr('counter')));
    assert.deepEqual(counts, numbers(500).map(i => i + 1));
  });

  test(`transactions run, in one write and step by step, RESP${protocol}`, async () => {
    const redis = connect({ protocol });
    assert.deepEqual(await redis.multi().set('key', 1).incr('key').exec(), [[null, 'OK'], [null, 2]]);
    await redis.multi({ pipeline: false });
    assert.equal(await redis.incr('key'), 'QUEUED');
    assert.equal(await redis.get('key'), 'QUEUED');
    assert.deepEqual(await redis.exec(), [[null, 3], [null, '3']]);
    await redis.multi({ pipeline: false });
    await redis.set('key', 'never');
    assert.equal(await redis.discard(), 'OK');
    assert.equal(await redis.get('key'), '3');
    await assert.rejects(redis.multi().set('key', 4).set('key').exec(), /EXECABORT/);
    const [failed, fine] = await redis.multi().lpush('key', 1).incr('key').exec();
    assert.match(failed[0].message, /WRONGTYPE/);
    assert.deepEqual(fine, [null, 4]);
    assert.equal(await redis.get('key'), '4');
  });

  test(`a watched key that another client changes aborts the transaction, RESP${protocol}`, async () => {
    const redis = connect({ protocol });
    const other = connect();
    await redis.set('key', 1);
    await redis.watch('key');
    await other.set('key', 2);
    assert.equal(await redis.multi().set('key', 3).exec(), null);
    assert.equal(await redis.get('key'), '2');
    await redis.watch('key');
    await other.set('key', 3);
    await redis.unwatch();
    assert.deepEqual(await redis.multi().incr('key').exec(), [[null, 4]]);
  });

  test(`a blocking pop waits without holding up anybody, RESP${protocol}`, async () => {
    const waiting = numbers(10).map(i => connect({ protocol }).blpop(`list:${i}`, 60));
    const other = connect();
    await eventually('all wait', async () => /blocked_clients:10\r\n/.test(await other.info('clients')));
    for (const i of numbers(10)) {
      await other.rpush(`list:${i}`, i);
    }
    assert.deepEqual(await Promise.all(waiting), numbers(10).map(i => [`list:${i}`, String(i)]));
    const redis = connect({ protocol });
    assert.equal(await redis.blpop('nothing', 0.05), null);
    assert.equal(await redis.ping(), 'PONG');
    const read = redis.xread('BLOCK', 60_000, 'STREAMS', 'stream', '$');
    await eventually('the reader waits', async () => /blocked_clients:1\r\n/.test(await other.info('clients')));
    const id = await other.xadd('stream', '*', 'field', 'value');
    assert.deepEqual(await read, [['stream', [[id, ['field', 'value']]]]]);
  });

  test(`messages come in order, to the subscribed only, RESP${protocol}`, async () => {
    const subscriber = connect({ protocol });
    const publisher = connect();
    const received = [];
    subscriber.on('message', (channel, message) => received.push(`${channel} ${message}`));
    subscriber.on('pmessage', (pattern, channel, message) => received.push(`${pattern} ${channel} ${message}`));
    assert.equal(await subscriber.subscribe('news', 'more'), 2);
    assert.equal(await subscriber.psubscribe('w*'), 3);
    const expected = [];
    for (const i of numbers(100)) {
      assert.equal(await publisher.publish('news', i), 1);
      assert.equal(await publisher.publish('weather', i), 1);
      expected.push(`news ${i}`, `w* weather ${i}`);
    }
    await eventually('all messages', () => received.length >= expected.length);
    assert.deepEqual(received, expected);
    assert.equal(await subscriber.unsubscribe('news', 'more'), 1);
    assert.equal(await subscriber.punsubscribe(), 0);
    assert.equal(await publisher.publish('news', 'nobody listens'), 0);
    assert.equal(await subscriber.set('key', 'ordinary again'), 'OK');
    assert.equal(await subscriber.get('key'), 'ordinary again');
  });

  test(`a database is its own connection's, RESP${protocol}`, async () => {
    const zero = connect({ protocol });
    const five = connect({ protocol, db: 5 });
    await zero.set('key', 'zero');
    assert.equal(await five.get('key'), null);
    await five.set('key', 'five');
    assert.equal(await zero.get('key'), 'zero');
    await zero.select(5);
    assert.equal(await zero.get('key'), 'five');
    await zero.select(0);
    assert.equal(await zero.get('key'), 'zero');
  });

  test(`a password opens a Redis that asks for one, RESP${protocol}`, async () => {
    await assert.rejects(connect({ protocol, port: lockedPort }).get('key'), /NOAUTH/);
    const stranger = connect({ protocol: 2, port: lockedPort, enableReadyCheck: false }); // has no way in with RESP3
    await assert.rejects(stranger.get('key'), /NOAUTH/);
    const wrong = connect({ protocol, port: lockedPort, password: 'wrong' });
    await assert.rejects(wrong.get('key'), /WRONGPASS|NOAUTH|Connection is closed/);
    const known = connect({ protocol, port: lockedPort, password });
    await known.set('key', 'value');
    const named = connect({ protocol, port: lockedPort, username: 'default', password });
    assert.equal(await named.get('key'), 'value');
    await assert.rejects(stranger.get('key'), /NOAUTH/);
    assert.equal(await stranger.auth(password), 'OK');
    assert.equal(await stranger.get('key'), 'value');
  });

  test(`scripts run, by text and by digest, RESP${protocol}`, async () => {
    const redis = connect({ protocol });
    redis.defineCommand('append2', {
      numberOfKeys: 1,
      lua: "redis.call('append', KEYS[1], ARGV[1]) return redis.call('append', KEYS[1], ARGV[2])",
    });
    assert.equal(await redis.append2('key', 'ab', 'c'), 3);
    assert.equal(await redis.append2('key', 'd', 'e'), 5);
    const results = await redis.pipeline().append2('key', 'f', 'g').get('key').exec();
    assert.deepEqual(results, [[null, 7], [null, 'abcdefg']]);
    assert.deepEqual(await redis.eval('return {KEYS[1], ARGV[1]}', 1, 'k', 'v'), ['k', 'v']);
    await redis.script('FLUSH');
    await assert.rejects(redis.evalsha('f'.repeat(40), 0), /NOSCRIPT/);
    assert.equal(await redis.append2('key', 'h', 'i'), 9);
  });

  test(`a scan finds every key, RESP${protocol}`, async () => {
    const redis = connect({ protocol });
    await redis.mset(...numbers(500).flatMap(i => [`scan:${i}`, i]));
    const found = new Set();
    for await (const keys of redis.scanStream({ match: 'scan:*', count: 50 })) {
      keys.forEach(key => found.add(key));
    }
    assert.equal(found.size, 500);
  });

  test(`a connection keeps its name, RESP${protocol}`, async () => {
    const first = connect({ protocol, connectionName: 'first' });
    const second = connect({ protocol, connectionName: 'second' });
    assert.equal(await first.client('GETNAME'), 'first');
    assert.equal(await second.client('GETNAME'), 'second');
    await second.client('SETNAME', 'third');
    assert.equal(await second.client('GETNAME'), 'third');
    assert.equal(await first.client('GETNAME'), 'first');
  });
}

test('a monitor sees the commands of others', async () => {
  const monitor = await connect().monitor();
  opened.push(monitor);
  const seen = [];
  monitor.on('monitor', (time, args) => seen.push(args.join(' ').toLowerCase()));
  await connect().set('key', 'value');
  await eventually('the command', () => seen.includes('set key value'));
});

test('large values come whole', async () => {
  const redis = connect();
  const value = Buffer.alloc(3 << 20, 'boxcar');
  await redis.set('large', value);
  assert.deepEqual(await redis.getBuffer('large'), value);
  assert.equal(await redis.strlen('large'), value.length);
});

test('a hundred connections get their own answers', async () => {
  const all = numbers(100).map(() => connect());
  await Promise.all(all.map(async (redis, me) => {
    for (const round of numbers(20)) {
      const answers = await Promise.all([
        redis.set(`client:${me}`, `${me}/${round}`),
        redis.get(`client:${me}`),
        redis.incr(`count:${me}`),
      ]);
      assert.deepEqual(answers, ['OK', `${me}/${round}`, round + 1]);
    }
  }));
});
