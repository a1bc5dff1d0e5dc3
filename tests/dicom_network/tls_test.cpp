#include <gmock/gmock.h>
#include <sys/wait.h>

#include "ledd/core/error.h"

#include "network.h"

namespace {

using ledd::Errc;
using ledd::Error;
using ledd::dicom_network::TlsFiles;
using ledd::testing::Folder;
using ledd::testing::Listening;
using ledd::testing::objects_below;
using ledd::testing::options_for;
using ledd::testing::run_program;
using ledd::testing::send_files;
using ledd::testing::to_port;
using ledd::testing::write_slice;

namespace fs = std::filesystem;

/// An authority with a certificate for each side, and one that nobody has signed.
struct Secure : testing::Test {
  Folder keys, in, drop;
  fs::path slice = write_slice(in / "a.dcm", "1.2.3.4");

  void SetUp() override {
    LEDD_NEEDS_PROGRAM("openssl");
    ASSERT_EQ(self_signed("ca"), 0);
    ASSERT_EQ(self_signed("stranger"), 0);
    for (const char* side : {"server", "client"}) {
      const std::string name = (keys / side).string();
      ASSERT_EQ(run_program({"openssl",
                             "req",
                             "-newkey",
                             "rsa:2048",
                             "-nodes",
                             "-subj",
                             "/CN=localhost",
                             "-keyout",
                             name + ".key",
                             "-out",
                             name + ".csr"}),
                0);
      ASSERT_EQ(run_program({"openssl",
                             "x509",
                             "-req",
                             "-in",
                             name + ".csr",
                             "-CA",
                             (keys / "ca.pem").string(),
                             "-CAkey",
                             (keys / "ca.key").string(),
                             "-CAcreateserial",
                             "-days",
                             "2",
                             "-out",
                             name + ".pem"}),
                0);
    }
  }
  int self_signed(const std::string& name) const {
    const std::string path = (keys / name).string();
    return run_program({"openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=" + name,
                        "-keyout",
                        path + ".key",
                        "-out",
                        path + ".pem"});
  }
  TlsFiles of(const std::string& side) const {
    return {keys / (side + ".key"), keys / (side + ".pem"), keys / "ca.pem"};
  }
};

TEST_F(Secure, BothSidesShowCertificatesOfTheAuthority) {
  auto options = options_for(drop.path());
  options.tls = of("server");
  Listening listening(options);

  auto to = to_port(listening.port());
  EXPECT_FALSE(send_files({slice}, to)[0].stored) << "without TLS";
  to.caller.tls = of("stranger");
  EXPECT_FALSE(send_files({slice}, to)[0].stored) << "with a certificate that the authority did not sign";
  EXPECT_EQ(objects_below(drop.path()), 0U);
  to.caller.tls = of("client");
  const auto sent = send_files({slice}, to);
  EXPECT_TRUE(sent[0].stored) << sent[0].reason;

  // The other way round: the receiver's certificate is looked at too.
  to.caller.tls.authority = keys / "stranger.pem";
  EXPECT_FALSE(send_files({slice}, to)[0].stored) << "to a receiver of another authority";
}

TEST_F(Secure, ACallerWithoutCertificateIsRefused) {
  LEDD_NEEDS_PROGRAM("echoscu");
  auto options = options_for(drop.path());
  options.tls = of("server");
  Listening listening(options);
  const std::string ca = (keys / "ca.pem").string(), port = std::to_string(listening.port());
  EXPECT_NE(run_program({"echoscu", "+tla", "+cf", ca, "-aec", "LEDD", "127.0.0.1", port}), 0);
  EXPECT_EQ(run_program({"echoscu",
                         "+tls",
                         (keys / "client.key").string(),
                         (keys / "client.pem").string(),
                         "+cf",
                         ca,
                         "-aec",
                         "LEDD",
                         "127.0.0.1",
                         port}),
            0);
}

TEST_F(Secure, FilesThatDoNotFitAreSaidBeforeAnythingListens) {
  auto options = options_for(drop.path());
  options.port = 0;
  const auto refused = [&](const TlsFiles& files, Errc code) {
    options.tls = files;
    try {
      const ledd::dicom_network::Receiver receiver(options);
    } catch (const Error& e) {
      return e.code() == code;
    }
    return false;
  };
  auto files = of("server");
  files.key = keys / "client.key";
  EXPECT_TRUE(refused(files, Errc::kFormat)) << "another key";
  files.key = keys / "none.key";
  EXPECT_TRUE(refused(files, Errc::kNotFound)) << "no key";
  files.key.clear();
  EXPECT_TRUE(refused(files, Errc::kParam)) << "two of three";
  files = of("server");
  files.authority = slice;
  EXPECT_TRUE(refused(files, Errc::kFormat)) << "no certificate";
}

}  // namespace
