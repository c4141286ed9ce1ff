package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// listen opens what --listen names. The name localhost stands for both of its
// addresses, where the machine has both, for clients take either. It returns
// the name under which clients reach the server, too.
func listen(ctx context.Context, address string) ([]net.Listener, string, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", usage("for example: --listen localhost:4433", "--listen %q is not HOST:PORT", address)
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return nil, "", usage("for example: --listen localhost:4433", "--listen %q: the port is a number from 0 to 65535", address)
	}
	listeners, err := listenOn(ctx, host, port)
	if err != nil {
		return nil, "", listenError(ctx, host, port, err)
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	return listeners, host, nil
}

func listenOn(ctx context.Context, host string, port int) ([]net.Listener, error) {
	var config net.ListenConfig
	if host != "localhost" {
		ln, err := config.Listen(ctx, "tcp", hostPort(host, port))
		if err != nil {
			return nil, err
		}
		return []net.Listener{ln}, nil
	}
	first, err := config.Listen(ctx, "tcp4", hostPort("127.0.0.1", port))
	if err != nil && !noAddress(err) {
		return nil, err
	}
	var listeners []net.Listener
	if err == nil {
		listeners = append(listeners, first)
		port = portOf(first)
	}
	second, err6 := config.Listen(ctx, "tcp6", hostPort("::1", port))
	switch {
	case err6 == nil:
		return append(listeners, second), nil
	case noAddress(err6) && first != nil:
		return listeners, nil
	}
	if first != nil {
		first.Close()
	}
	return nil, err6
}

// noAddress reports whether the machine lacks this kind of address at all.
func noAddress(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EPROTONOSUPPORT)
}

// windowsAddressInUse is WSAEADDRINUSE, which package syscall does not name.
const windowsAddressInUse = syscall.Errno(10048)

// listenError says why nothing can listen there, and where else.
func listenError(ctx context.Context, host string, port int, err error) error {
	e := exitError{Code: exitFault, Err: err}
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, windowsAddressInUse):
		e.Err = fmt.Errorf("%s is taken: another program listens there", hostPort(host, port))
		if free := freePort(ctx, host, port); free != 0 {
			e.Hint = "this port is free:\n  mutual serve --listen " + hostPort(host, free)
		}
	case errors.Is(err, syscall.EACCES):
		e.Err = fmt.Errorf("%s: not permitted to listen there", hostPort(host, port))
		if port < 1024 {
			e.Hint = "ports below 1024 are the system administrator's; take a higher one:\n  mutual serve --listen " + hostPort(host, 4433)
		}
	}
	return e
}

// freePort is the next port after this one on which one can listen, or 0.
func freePort(ctx context.Context, host string, port int) int {
	for next := port + 1; next <= min(port+100, 65535); next++ {
		if listeners, err := listenOn(ctx, host, next); err == nil {
			for _, ln := range listeners {
				ln.Close()
			}
			return next
		}
	}
	return 0
}

func hostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

func portOf(ln net.Listener) int {
	if addr, ok := ln.Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}
