package io.boxcar.proxy.simulation;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.core.Connector;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The scripted upstream: accepts or refuses connections, and lets each of them act. */
final class ScriptedRedis implements Connector, SimSocket.Acceptor {
    private final Simulation world;
    private final RandomGenerator random;
    private final List<RedisEnd> connections = new ArrayList<>();
    private final SimCluster cluster;
    private boolean calm;
    private boolean isHealed;
    private int count;
    private long refusingUntilNs;
    private long deafUntilNs;

    ScriptedRedis(Simulation world, RandomGenerator random) {
        this.world = world;
        this.random = random;
        this.calm = world.scenario().calm();
        this.cluster = new SimCluster(world.scenario().nodes());
    }

    @Override
    public ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler, long timeoutNs) {
        SimSocket socket = new SimSocket(world.allocator(), world.drawCapacity(), this, world.nowNs() + timeoutNs);
        socket.node = ((Address.Tcp) address).port() - 1;
        socket.pipeline().addLast(handler);
        ChannelPromise connected = new DefaultChannelPromise(socket, loop);
        loop.register(socket);
        ((SimLoop) loop).add(socket);
        loop.execute(() -> socket.connect(new LocalAddress("upstream"), connected));
        return connected;
    }

    @Override
    public SimSocket.Answer answer(SimSocket socket) {
        if (!calm && world.nowNs() < refusingUntilNs) {
            return SimSocket.Answer.REFUSE;
        }
        if (!calm && world.nowNs() < deafUntilNs || random.nextBoolean()) {
            return SimSocket.Answer.LATER;
        }
        connections.add(new RedisEnd(world, socket, count++, cluster));
        return SimSocket.Answer.ACCEPT;
    }

    void step() {
        connections.removeIf(RedisEnd::isOver);
        if (!calm && random.nextInt(1000) < world.scenario().faultPerMille()) {
            goWrong();
        }
        if (world.scenario().isCluster() && !isHealed && random.nextInt(20) == 0) {
            cluster.change(random);
        }
        if (!connections.isEmpty()) {
            connections.get(random.nextInt(connections.size())).step(random, calm && random.nextBoolean());
        }
    }

    void stepAll() {
        connections.removeIf(RedisEnd::isOver);
        connections.forEach(connection -> connection.step(random, calm));
    }

    private void goWrong() {
        switch (random.nextInt(3)) {
            case 0 -> {
                refusingUntilNs = world.nowNs() + random.nextInt(150_000_000);
                world.trace(() -> "upstream refuses connections");
            }
            case 1 -> {
                deafUntilNs = world.nowNs() + random.nextInt(150_000_000);
                world.trace(() -> "upstream does not answer connection attempts");
            }
            default -> {
                for (RedisEnd connection : connections) {
                    if (connection.surplus()) {
                        world.stepLoop((SimLoop) connection.socket().eventLoop());
                        connection.takeBackSurplus();
                        return;
                    }
                }
            }
        }
    }

    /** No more faults, but those that are for ever. */
    void heal() {
        calm = true;
        isHealed = true;
        connections.forEach(RedisEnd::heal);
    }
}
