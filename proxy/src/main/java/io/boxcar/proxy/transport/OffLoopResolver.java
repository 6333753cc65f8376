package io.boxcar.proxy.transport;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Looks names up with the JDK, which blocks, on a thread that may: a slow name server must not stall an event loop. Literal
 * addresses are taken as they are.
 */
final class OffLoopResolver extends InetNameResolver {
    static final AddressResolverGroup<InetSocketAddress> GROUP = new AddressResolverGroup<>() {
        @Override
        protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
            return new OffLoopResolver(executor).asAddressResolver();
        }
    };

    private OffLoopResolver(EventExecutor executor) {
        super(executor);
    }

    @Override
    protected void doResolve(String name, Promise<InetAddress> promise) throws UnknownHostException {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(name);
        if (literal != null) {
            promise.setSuccess(InetAddress.getByAddress(name, literal));
            return;
        }
        Thread.startVirtualThread(() -> {
            try {
                promise.setSuccess(InetAddress.getByName(name));
            } catch (UnknownHostException e) {
                promise.setFailure(e);
            }
        });
    }

    @Override
    protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
        throw new UnsupportedOperationException("one address is all that is asked for");
    }
}
