package io.boxcar.proxy.simulation.http;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.core.Connector;
import io.boxcar.proxy.simulation.SimLoop;
import io.boxcar.proxy.simulation.SimSocket;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The scripted origins: they accept or refuse connections, and let each of them act. */
final class ScriptedOrigin implements Connector, SimSocket.Acceptor {
    private final HttpSimulation world;
    private final RandomGenerator random;
    private final List<OriginEnd> connections = new ArrayList<>();
    private final List<SimSocket> sockets = new ArrayList<>();
    private final long[] refusingUntilNs = new long[8];
    private final long[] deafUntilNs = new long[8];
    private boolean calm;
    private int count;

    ScriptedOrigin(HttpSimulation world, RandomGenerator random) {
        this.world = world;
        this.random = random;
        this.calm = world.scenario().calm();
    }

    /** Connections, and attempts to connect, that Boxcar has not closed. */
    long open() {
        return sockets.stream().filter(SimSocket::isOpen).count();
    }

    int connections() {
        return connections.size();
    }

    boolean isCalm() {
        return calm;
    }

    @Override
    public ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler, long timeoutNs) {
        SimSocket socket = new SimSocket(world.allocator(), world.drawCapacity(), this, world.nowNs() + timeoutNs);
        socket.node = ((Address.Tcp) address).port() - 1;
        socket.pipeline().addLast(handler);
        ChannelPromise connected = new DefaultChannelPromise(socket, loop);
        loop.register(socket);
        sockets.add(socket);
        ((SimLoop) loop).add(socket);
        loop.execute(() -> socket.connect(new LocalAddress("upstream"), connected));
        return connected;
    }

    @Override
    public SimSocket.Answer answer(SimSocket socket) {
        if (!calm && world.nowNs() < refusingUntilNs[socket.node]) {
            return SimSocket.Answer.REFUSE;
        }
        if (!calm && world.nowNs() < deafUntilNs[socket.node] || random.nextBoolean()) {
            return SimSocket.Answer.LATER;
        }
        connections.add(new OriginEnd(world, this, socket, count++, random));
        return SimSocket.Answer.ACCEPT;
    }

    void step() {
        connections.removeIf(OriginEnd::isOver);
        if (!calm && random.nextInt(1000) < world.scenario().faultPerMille()) {
            goWrong();
        }
        if (!connections.isEmpty()) {
            connections.get(random.nextInt(connections.size())).step();
        }
    }

    void stepAll() {
        connections.removeIf(OriginEnd::isOver);
        List.copyOf(connections).forEach(connection -> connection.step());
    }

    private void goWrong() {
        int node = random.nextInt(world.scenario().upstream().endpoints().size());
        switch (random.nextInt(4)) {
            case 0 -> {
                refusingUntilNs[node] = world.nowNs() + random.nextInt(150_000_000);
                world.trace(() -> "origin " + node + " refuses connections");
            }
            case 1 -> {
                deafUntilNs[node] = world.nowNs() + random.nextInt(150_000_000);
                world.trace(() -> "origin " + node + " does not answer connection attempts");
            }
            case 2 -> {
                for (OriginEnd connection : connections) {
                    if (connection.surplus()) {
                        world.stepLoop((SimLoop) connection.socket().eventLoop());
                        connection.takeBackSurplus();
                        return;
                    }
                }
            }
            default -> {
                if (!connections.isEmpty()) {
                    connections.get(random.nextInt(connections.size())).goWrong();
                }
            }
        }
    }

    /** No more faults, but those that are for ever. */
    void heal() {
        calm = true;
    }
}
