#!/usr/bin/env bash
# SimpleSAMLphp of Debian as an identity provider on loopback, served by PHP alone: identity_provider.sh PORT FOLDER.
# Not for: anything but tests. Invariant: everything it writes lies in FOLDER, which tells it of one service provider in
# service-provider.json ({"entityId", "acsUrl", "certificate"}); the file is read anew for every request.
set -euo pipefail
port=$1
folder=$(realpath -m "$2")
# A name that is another site than 127.0.0.1, or a browser would send cookies that it would not send in real life.
origin=http://localhost:$port
mkdir -p "$folder"/{config,metadata,cert,log,data,tmp,sessions}

# What a user may do with a certificate of two days is not worth more than two days.
openssl req -x509 -newkey rsa:3072 -nodes -days 2 -subj /CN=identity-provider \
    -keyout "$folder/cert/idp.key" -out "$folder/cert/idp.crt" 2>/dev/null

cat > "$folder/config/config.php" <<PHP
<?php
\$folder = '$folder';
\$config = [
    'baseurlpath' => '$origin/',
    'certdir' => "\$folder/cert/",
    'loggingdir' => "\$folder/log/",
    'datadir' => "\$folder/data/",
    'tempdir' => "\$folder/tmp",
    'metadatadir' => "\$folder/metadata/",
    'metadata.sources' => [['type' => 'flatfile']],
    'secretsalt' => bin2hex(random_bytes(16)),
    'auth.adminpassword' => bin2hex(random_bytes(16)),
    'technicalcontact_email' => 'nobody@corp.test',
    'timezone' => 'UTC',
    'logging.handler' => 'file',
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],
    'store.type' => 'phpsession',
    'session.phpsession.savepath' => "\$folder/sessions",
    'session.cookie.secure' => false,
    'session.cookie.samesite' => '',
    'language.default' => 'en',
    'language.available' => ['en'],
    'usenewui' => false,
    'theme.use' => 'default',
    'authproc.idp' => [],
    'authproc.sp' => [],
];
PHP

cat > "$folder/config/authsources.php" <<'PHP'
<?php
$config = [
    'people' => [
        'exampleauth:UserPass',
        'ann:annpass' => ['uid' => ['u-ann'], 'mail' => ['ann@corp.test'], 'displayName' => ['Ann Archer'], 'groups' => ['backup-admins', 'staff']],
        'bob:bobpass' => ['uid' => ['u-bob'], 'mail' => ['bob@corp.test'], 'displayName' => ['Bob Baker'], 'groups' => ['staff']],
    ],
];
PHP

cat > "$folder/metadata/saml20-idp-hosted.php" <<PHP
<?php
\$metadata['$origin/idp'] = [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'auth' => 'people',
    'saml20.sign.assertion' => true,
    'saml20.sign.response' => true,
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'authproc' => [
        10 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid', 'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
    ],
];
PHP

cat > "$folder/metadata/saml20-sp-remote.php" <<PHP
<?php
\$file = '$folder/service-provider.json';
if (is_readable(\$file)) {
    \$provider = json_decode(file_get_contents(\$file), true);
    \$metadata[\$provider['entityId']] = [
        'AssertionConsumerService' => \$provider['acsUrl'],
        'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
        // It shall refuse requests that we have not signed.
        'validate.authnrequest' => true,
        'certData' => \$provider['certificate'],
    ];
}
PHP

export SIMPLESAMLPHP_CONFIG_DIR=$folder/config
exec php -d error_reporting=0 -d display_errors=0 -S "localhost:$port" -t /usr/share/simplesamlphp/www
