// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from './IAggregator.sol';

/// @title A price feed fed by off-chain reports that f+1 oracles have signed.
/// @notice Interface, report layout, checks and events of Chainlink's OCR2 aggregator
///         (smartcontractkit/libocr contract2/OCR2Aggregator.sol), without its billing.
contract Ocr2Aggregator is IAggregator {
    struct Config {
        address[] signers;
        address[] transmitters;
        uint8 f;
        bytes onchainConfig;
        uint64 offchainConfigVersion;
        bytes offchainConfig;
    }

    struct Signer {
        bool active;
        uint8 index;
    }

    struct HotVars {
        uint8 f;
        /// @dev epoch << 8 | round of the newest report of this configuration.
        uint40 latestEpochAndRound;
        uint32 latestRoundId;
    }

    struct Report {
        uint32 observationsTimestamp;
        bytes32 observers;
        int192[] observations;
        int192 juelsPerFeeCoin;
    }

    struct Transmission {
        int192 answer;
        uint32 observationsTimestamp;
        uint32 transmissionTimestamp;
    }

    uint256 private constant MAX_ORACLES = 31;
    uint256 private constant ONE_PER_ORACLE = 0x0001010101010101010101010101010101010101010101010101010101010101;
    /// @dev Selector, context, offsets of report, rs and ss, rawVs, and the three lengths.
    uint256 private constant CALLDATA_WITHOUT_PAYLOAD = 4 + 32 * (3 + 3 + 1 + 3);
    /// @dev Timestamp, observers, offset, juels and the number of observations.
    uint256 private constant REPORT_WITHOUT_OBSERVATIONS = 32 * 5;

    int192 public immutable minAnswer;
    int192 public immutable maxAnswer;
    uint8 public immutable decimals;
    address public immutable owner;
    uint256 public constant version = 6;
    string public description;

    HotVars private _hot;
    bytes32 private _configDigest;
    uint32 private _configCount;
    uint32 private _configBlockNumber;
    address[] private _signersList;
    address[] private _transmittersList;
    mapping(address => Signer) private _signers;
    mapping(address => bool) private _isTransmitter;
    mapping(uint32 roundId => Transmission) private _transmissions;

    event ConfigSet(
        uint32 previousConfigBlockNumber,
        bytes32 configDigest,
        uint64 configCount,
        address[] signers,
        address[] transmitters,
        uint8 f,
        bytes onchainConfig,
        uint64 offchainConfigVersion,
        bytes offchainConfig
    );
    event NewTransmission(
        uint32 indexed aggregatorRoundId,
        int192 answer,
        address transmitter,
        uint32 observationsTimestamp,
        int192[] observations,
        bytes observers,
        int192 juelsPerFeeCoin,
        bytes32 configDigest,
        uint40 epochAndRound
    );
    event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    error NotOwner();
    error InvalidConfig(string reason);
    error StaleReport(uint40 latest, uint40 received);
    error UnauthorizedTransmitter(address sender);
    error ConfigDigestMismatch(bytes32 expected, bytes32 received);
    error CalldataLengthMismatch();
    error WrongNumberOfSignatures(uint256 expected, uint256 received);
    error SignatureError(address recovered);
    error DuplicateSigner();
    error ReportLengthMismatch();
    error WrongNumberOfObservations(uint256 received);
    error MedianOutOfRange(int192 median);

    constructor(int192 minAnswer_, int192 maxAnswer_, uint8 decimals_, string memory description_) {
        minAnswer = minAnswer_;
        maxAnswer = maxAnswer_;
        decimals = decimals_;
        description = description_;
        owner = msg.sender;
    }

    // ── Configuration ───────────────────────────────────────────────────────────────────────────────────

    function setConfig(
        address[] memory signers,
        address[] memory transmitters,
        uint8 f,
        bytes memory onchainConfig,
        uint64 offchainConfigVersion,
        bytes memory offchainConfig
    ) external {
        Config memory config =
            Config(signers, transmitters, f, onchainConfig, offchainConfigVersion, offchainConfig);
        if (msg.sender != owner) revert NotOwner();
        _checkConfig(config);
        _removeOracles();
        _addOracles(config);
        _hot.f = f;
        _hot.latestEpochAndRound = 0;
        _publish(config);
    }

    function latestConfigDetails() external view returns (uint32 configCount, uint32 blockNumber, bytes32 configDigest) {
        return (_configCount, _configBlockNumber, _configDigest);
    }

    function latestConfigDigestAndEpoch() external view returns (bool scanLogs, bytes32 configDigest, uint32 epoch) {
        return (false, _configDigest, uint32(_hot.latestEpochAndRound >> 8));
    }

    function getTransmitters() external view returns (address[] memory) {
        return _transmittersList;
    }

    function _checkConfig(Config memory config) private view {
        uint256 n = config.signers.length;
        if (n > MAX_ORACLES) revert InvalidConfig('too many oracles');
        if (n != config.transmitters.length) revert InvalidConfig('oracle length mismatch');
        if (config.f == 0) revert InvalidConfig('f must be positive');
        if (3 * uint256(config.f) >= n) revert InvalidConfig('faulty-oracle f too high');
        bytes memory expected = abi.encodePacked(uint8(1), minAnswer, maxAnswer);
        if (keccak256(config.onchainConfig) != keccak256(expected)) revert InvalidConfig('invalid onchainConfig');
    }

    function _removeOracles() private {
        for (uint256 i = 0; i < _signersList.length; i++) {
            delete _signers[_signersList[i]];
            delete _isTransmitter[_transmittersList[i]];
        }
    }

    function _addOracles(Config memory config) private {
        for (uint256 i = 0; i < config.signers.length; i++) {
            if (_signers[config.signers[i]].active) revert InvalidConfig('repeated signer address');
            if (_isTransmitter[config.transmitters[i]]) revert InvalidConfig('repeated transmitter address');
            _signers[config.signers[i]] = Signer(true, uint8(i));
            _isTransmitter[config.transmitters[i]] = true;
        }
        _signersList = config.signers;
        _transmittersList = config.transmitters;
    }

    function _publish(Config memory config) private {
        uint32 previousBlock = _configBlockNumber;
        _configBlockNumber = uint32(block.number);
        _configCount += 1;
        _configDigest = _digest(config);
        emit ConfigSet(
            previousBlock,
            _configDigest,
            _configCount,
            config.signers,
            config.transmitters,
            config.f,
            config.onchainConfig,
            config.offchainConfigVersion,
            config.offchainConfig
        );
    }

    /// @dev The two highest bytes are the digest's kind: 1 for EVM chains.
    function _digest(Config memory config) private view returns (bytes32) {
        bytes32 hash = keccak256(
            abi.encode(
                block.chainid,
                address(this),
                uint64(_configCount),
                config.signers,
                config.transmitters,
                config.f,
                config.onchainConfig,
                config.offchainConfigVersion,
                config.offchainConfig
            )
        );
        return bytes32((uint256(1) << 240) | (uint256(hash) & (type(uint256).max >> 16)));
    }

    // ── Reports ─────────────────────────────────────────────────────────────────────────────────────────

    /// @param reportContext config digest; 27 zero bytes, epoch (4), round (1); extra hash.
    /// @param report        abi.encode(uint32 time, bytes32 observers, int192[] observations, int192 juels).
    /// @param rawVs         Byte i is the recovery id of signature i.
    function transmit(
        bytes32[3] calldata reportContext,
        bytes calldata report,
        bytes32[] calldata rs,
        bytes32[] calldata ss,
        bytes32 rawVs
    ) external {
        HotVars memory hot = _hot;
        uint40 epochAndRound = uint40(uint256(reportContext[1]));
        if (epochAndRound <= hot.latestEpochAndRound) revert StaleReport(hot.latestEpochAndRound, epochAndRound);
        if (!_isTransmitter[msg.sender]) revert UnauthorizedTransmitter(msg.sender);
        if (reportContext[0] != _configDigest) revert ConfigDigestMismatch(_configDigest, reportContext[0]);
        if (msg.data.length != CALLDATA_WITHOUT_PAYLOAD + report.length + 32 * (rs.length + ss.length))
            revert CalldataLengthMismatch();
        if (rs.length != uint256(hot.f) + 1 || ss.length != rs.length)
            revert WrongNumberOfSignatures(uint256(hot.f) + 1, rs.length);
        _checkSignatures(keccak256(abi.encode(keccak256(report), reportContext)), rs, ss, rawVs);
        _accept(hot, epochAndRound, report);
    }

    /// @dev Byte i of `signed` counts the signatures of signer i.
    function _checkSignatures(bytes32 hash, bytes32[] calldata rs, bytes32[] calldata ss, bytes32 rawVs) private view {
        uint256 signed = 0;
        for (uint256 i = 0; i < rs.length; i++) {
            address recovered = ecrecover(hash, uint8(rawVs[i]) + 27, rs[i], ss[i]);
            Signer memory signer = _signers[recovered];
            if (!signer.active) revert SignatureError(recovered);
            signed += 1 << (8 * uint256(signer.index));
        }
        if (signed & ONE_PER_ORACLE != signed) revert DuplicateSigner();
    }

    function _accept(HotVars memory hot, uint40 epochAndRound, bytes calldata raw) private {
        Report memory report = _decode(raw);
        if (report.observations.length > MAX_ORACLES || report.observations.length <= hot.f)
            revert WrongNumberOfObservations(report.observations.length);
        int192 median = report.observations[report.observations.length / 2];
        if (median < minAnswer || median > maxAnswer) revert MedianOutOfRange(median);
        hot.latestEpochAndRound = epochAndRound;
        hot.latestRoundId += 1;
        _hot = hot;
        _transmissions[hot.latestRoundId] =
            Transmission(median, report.observationsTimestamp, uint32(block.timestamp));
        _emitRound(hot, median, report);
    }

    function _decode(bytes calldata raw) private pure returns (Report memory report) {
        (report.observationsTimestamp, report.observers, report.observations, report.juelsPerFeeCoin) =
            abi.decode(raw, (uint32, bytes32, int192[], int192));
        if (raw.length != REPORT_WITHOUT_OBSERVATIONS + 32 * report.observations.length)
            revert ReportLengthMismatch();
    }

    function _emitRound(HotVars memory hot, int192 median, Report memory report) private {
        emit NewTransmission(
            hot.latestRoundId,
            median,
            msg.sender,
            report.observationsTimestamp,
            report.observations,
            _truncated(report.observers, report.observations.length),
            report.juelsPerFeeCoin,
            _configDigest,
            hot.latestEpochAndRound
        );
        emit NewRound(hot.latestRoundId, address(0), report.observationsTimestamp);
        emit AnswerUpdated(median, hot.latestRoundId, block.timestamp);
    }

    function _truncated(bytes32 observers, uint256 length) private pure returns (bytes memory indices) {
        indices = new bytes(length);
        for (uint256 i = 0; i < length; i++) indices[i] = observers[i];
    }

    // ── Readers ─────────────────────────────────────────────────────────────────────────────────────────

    function latestAnswer() external view returns (int256) {
        return _transmissions[_hot.latestRoundId].answer;
    }

    function latestTimestamp() external view returns (uint256) {
        return _transmissions[_hot.latestRoundId].transmissionTimestamp;
    }

    function latestRound() external view returns (uint256) {
        return _hot.latestRoundId;
    }

    function latestTransmissionDetails()
        external
        view
        returns (bytes32 configDigest, uint32 epoch, uint8 round, int192 answer, uint64 timestamp)
    {
        Transmission memory latest = _transmissions[_hot.latestRoundId];
        uint40 epochAndRound = _hot.latestEpochAndRound;
        return (
            _configDigest, uint32(epochAndRound >> 8), uint8(epochAndRound), latest.answer, latest.transmissionTimestamp
        );
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(_hot.latestRoundId);
    }

    /// @dev All zero for a round that never was.
    function getRoundData(uint80 id) public view returns (uint80, int256, uint256, uint256, uint80) {
        if (id > type(uint32).max) return (0, 0, 0, 0, 0);
        Transmission memory t = _transmissions[uint32(id)];
        return (id, t.answer, t.observationsTimestamp, t.transmissionTimestamp, id);
    }
}
