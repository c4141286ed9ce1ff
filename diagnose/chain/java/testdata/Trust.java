import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.security.Principal;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Asks the default trust manager. Each line of input is FOLDER, SIDE and HOST, with tabs between. */
public class Trust {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; ) {
            String[] field = line.split("\t", -1);
            try {
                ask(Paths.get(field[0]), field[1], field[2].isEmpty() ? null : field[2]);
                System.out.println("ok");
            } catch (Throwable e) {
                while (e.getCause() != null) e = e.getCause();
                System.out.println(String.valueOf(e).replace('\n', ' '));
            }
        }
    }

    static void ask(Path folder, String side, String host) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int n = 0;
        for (X509Certificate anchor : read(folder.resolve("anchors.pem"))) store.setCertificateEntry("anchor" + n++, anchor);
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        X509ExtendedTrustManager manager = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        X509Certificate[] chain = read(folder.resolve("chain.pem")).toArray(new X509Certificate[0]);
        if (side.equals("client")) manager.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm(), new Engine(null, false));
        else manager.checkServerTrusted(chain, "UNKNOWN", new Engine(host, true));
    }

    static List<X509Certificate> read(Path file) throws Exception {
        List<X509Certificate> out = new ArrayList<>();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        StringBuilder block = new StringBuilder();
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("-----BEGIN")) block.setLength(0);
            else if (line.startsWith("-----END")) {
                byte[] der = Base64.getDecoder().decode(block.toString());
                out.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
            } else block.append(line.trim());
        }
        return out;
    }

    /** A handshake of TLS 1.3 at the moment when the peer's chain has come. */
    static class Session extends ExtendedSSLSession {
        final String host;
        Session(String host) { this.host = host; }
        public String[] getLocalSupportedSignatureAlgorithms() {
            return new String[] {"SHA256withECDSA", "SHA384withECDSA", "SHA512withECDSA", "Ed25519", "Ed448", "RSASSA-PSS", "SHA256withRSA",
                "SHA384withRSA", "SHA512withRSA", "SHA256withDSA", "SHA224withECDSA", "SHA224withRSA", "SHA224withDSA", "SHA1withECDSA",
                "SHA1withRSA", "SHA1withDSA"};
        }
        public String[] getPeerSupportedSignatureAlgorithms() { return getLocalSupportedSignatureAlgorithms(); }
        public List<SNIServerName> getRequestedServerNames() { return new ArrayList<>(); }
        public List<byte[]> getStatusResponses() { return new ArrayList<>(); }
        public String getProtocol() { return "TLSv1.3"; }
        public String getCipherSuite() { return "TLS_AES_128_GCM_SHA256"; }
        public String getPeerHost() { return host; }
        public int getPeerPort() { return 443; }
        public byte[] getId() { return new byte[0]; }
        public SSLSessionContext getSessionContext() { return null; }
        public long getCreationTime() { return 0; }
        public long getLastAccessedTime() { return 0; }
        public void invalidate() {}
        public boolean isValid() { return true; }
        public void putValue(String name, Object value) {}
        public Object getValue(String name) { return null; }
        public void removeValue(String name) {}
        public String[] getValueNames() { return new String[0]; }
        public Certificate[] getPeerCertificates() { return null; }
        public Certificate[] getLocalCertificates() { return null; }
        public Principal getPeerPrincipal() { return null; }
        public Principal getLocalPrincipal() { return null; }
        public int getPacketBufferSize() { return 20000; }
        public int getApplicationBufferSize() { return 20000; }
    }

    static class Engine extends SSLEngine {
        final String host;
        final boolean client;
        Engine(String host, boolean client) { super(host, 443); this.host = host; this.client = client; }
        public SSLSession getHandshakeSession() { return new Session(host); }
        public SSLSession getSession() { return new Session(host); }
        public SSLParameters getSSLParameters() {
            SSLParameters p = new SSLParameters();
            if (host != null) p.setEndpointIdentificationAlgorithm("HTTPS");
            return p;
        }
        public boolean getUseClientMode() { return client; }
        public SSLEngineResult wrap(ByteBuffer[] a, int b, int c, ByteBuffer d) { return null; }
        public SSLEngineResult unwrap(ByteBuffer a, ByteBuffer[] b, int c, int d) { return null; }
        public Runnable getDelegatedTask() { return null; }
        public void closeInbound() {}
        public boolean isInboundDone() { return false; }
        public void closeOutbound() {}
        public boolean isOutboundDone() { return false; }
        public String[] getSupportedCipherSuites() { return null; }
        public String[] getEnabledCipherSuites() { return null; }
        public void setEnabledCipherSuites(String[] suites) {}
        public String[] getSupportedProtocols() { return null; }
        public String[] getEnabledProtocols() { return null; }
        public void setEnabledProtocols(String[] protocols) {}
        public void beginHandshake() {}
        public SSLEngineResult.HandshakeStatus getHandshakeStatus() { return null; }
        public void setUseClientMode(boolean mode) {}
        public void setNeedClientAuth(boolean need) {}
        public boolean getNeedClientAuth() { return false; }
        public void setWantClientAuth(boolean want) {}
        public boolean getWantClientAuth() { return false; }
        public void setEnableSessionCreation(boolean flag) {}
        public boolean getEnableSessionCreation() { return true; }
    }
}
