// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ILiquidationExecutor} from "../ILiquidationExecutor.sol";
import {IERC20} from "../Token.sol";
import {IFlashCallbacks} from "../IFlashCallbacks.sol";

/// A lender that the owner should not have allowed: does what the test sets in `mode`.
contract HostileLender {
    enum Mode {
        Honest,
        CallsTwice,
        CallsThroughAccomplice,
        LiesAboutInitiator,
        NeverPulls,
        PullsTooMuch,
        NeverCalls
    }

    Mode public mode;
    Accomplice public immutable ACCOMPLICE = new Accomplice();

    function setMode(Mode newMode) external {
        mode = newMode;
    }

    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16)
        external
    {
        IERC20(asset).transfer(receiver, amount);
        if (mode == Mode.NeverCalls) return;
        if (mode == Mode.CallsThroughAccomplice) return ACCOMPLICE.call(receiver, asset, amount, params);
        address initiator = mode == Mode.LiesAboutInitiator ? address(this) : msg.sender;
        IFlashCallbacks(receiver).executeOperation(asset, amount, 0, initiator, params);
        if (mode == Mode.CallsTwice) {
            IFlashCallbacks(receiver).executeOperation(asset, amount, 0, initiator, params);
        }
        if (mode == Mode.NeverPulls) return;
        IERC20(asset).transferFrom(receiver, address(this), mode == Mode.PullsTooMuch ? amount + 1 : amount);
    }

    /// Out of the blue, when nobody asked.
    function callBack(address receiver, address asset, uint256 amount, bytes calldata params) external {
        IFlashCallbacks(receiver).executeOperation(asset, amount, 0, receiver, params);
    }

    function pull(address asset, address from, uint256 amount) external {
        IERC20(asset).transferFrom(from, address(this), amount);
    }
}

contract Accomplice {
    function call(address receiver, address asset, uint256 amount, bytes calldata params) external {
        IFlashCallbacks(receiver).executeOperation(asset, amount, 0, receiver, params);
    }
}

/// Calls its caller back with whatever bytes it is told.
contract Parrot {
    function say(bytes calldata what) external {
        (bool ok, bytes memory returned) = msg.sender.call(what);
        if (ok) return;
        assembly {
            revert(add(returned, 32), mload(returned))
        }
    }
}

/// A pool that takes the input and keeps the output.
contract HostilePool {
    function swap(address, bool, int256 amountSpecified, uint160, bytes calldata data)
        external
        returns (int256, int256)
    {
        IFlashCallbacks(msg.sender).uniswapV3SwapCallback(amountSpecified, 0, data);
        return (amountSpecified, 0);
    }
}

/// Markets whose liquidation hurts whoever tries it.
contract RevertBomb {
    function liquidationCall(address, address, address, uint256 size, bool) external pure {
        assembly {
            revert(0, size)
        }
    }
}

contract GasBurner {
    function liquidationCall(address, address, address, uint256, bool) external view {
        while (gasleft() > 0) {}
    }
}

/// A builder without a way to receive its bid.
contract RejectingBuilder {}

/// A builder that tries to get more than its bid while it is being paid.
contract GreedyBuilder {
    address public executor;
    address public token;
    bool public succeeded;

    function aim(address executor_, address token_) external {
        (executor, token) = (executor_, token_);
    }

    receive() external payable {
        (bool swept,) = executor.call(abi.encodeCall(ILiquidationExecutor.sweep, (token)));
        ILiquidationExecutor.Item[] memory items;
        ILiquidationExecutor.Terms memory terms;
        terms.deadline = block.timestamp;
        (bool executed,) = executor.call(abi.encodeCall(ILiquidationExecutor.execute, (items, terms)));
        succeeded = swept || executed;
    }
}

/// An operator key held by a contract: whoever calls it speaks as the operator.
contract OperatorContract {
    function twice(address target, bytes calldata data) external {
        this.forward(target, data);
        this.forward(target, data);
    }

    function forward(address target, bytes calldata data) external {
        (bool ok, bytes memory returned) = target.call(data);
        if (ok) return;
        assembly {
            revert(add(returned, 32), mload(returned))
        }
    }
}

/// Gives anyone's ether to an account that cannot refuse it.
contract ForceEther {
    constructor(address payable to) payable {
        selfdestruct(to);
    }
}
