// One entry for each statement node of PostgreSQL 18 that is a command: its kind, and what visits it. A node that the types
// have and this table has not does not compile.

import type { StatementKind } from "../../facts/kinds.ts";
import type { AnalysisContext, QueryOutput } from "../context.ts";
import { visitCall, visitCreateFunction, visitDo, visitReturn } from "./code.ts";
import { relationsOf, visitDefinition, visitIndex, type Definition } from "./definitions.ts";
import { changeNames } from "./names.ts";
import { objectKind } from "./object-kinds.ts";
import {
  ownerOf,
  visitAlterTable,
  visitCreateSchema,
  visitDrop,
  visitGrant,
  visitImport,
  visitRename,
  visitSetSchema,
} from "./objects.ts";
import {
  visitCopy,
  visitCreateTableAs,
  visitExplain,
  visitRefresh,
  visitShow,
  visitView,
} from "./queries.ts";
import { visitLock, visitTruncate } from "./rows.ts";
import {
  transactionKind,
  visitClose,
  visitDeallocate,
  visitDeclare,
  visitDiscard,
  visitExecute,
  visitFetch,
  visitListen,
  visitPrepare,
  visitTransaction,
  visitUnlisten,
} from "./session.ts";
import { setKind, visitSet } from "./settings.ts";
import type { NodeOf, UtilityTag } from "./tags.ts";

export interface Command<S> {
  readonly kind: StatementKind | ((statement: S) => StatementKind);
  readonly visit: (context: AnalysisContext, statement: S) => QueryOutput | void;
}

/** DDL, privileges, upkeep: what it names, and what it makes. */
function defines<S extends object>(
  kind: Command<S>["kind"],
  definition: (statement: S) => Definition = () => ({}),
): Command<S> {
  return { kind, visit: (context, statement) => visitDefinition(context, statement, definition(statement)) };
}

/** Nothing of it concerns relations, calls or the session. */
function plain<S>(kind: Command<S>["kind"]): Command<S> {
  return { kind, visit: () => {} };
}

/** It acts on relations that cannot be listed. */
function untold<S>(kind: StatementKind, detail: string): Command<S> {
  return {
    kind,
    visit: (context) => {
      context.cannotTell("relation", detail);
      changeNames(context);
    },
  };
}

export const COMMANDS: { readonly [T in UtilityTag]: Command<NodeOf<T>> } = {
  // Rows.
  CopyStmt: { kind: ({ is_from }) => (is_from === true ? "copy_from" : "copy_to"), visit: visitCopy },
  ExplainStmt: { kind: "explain", visit: visitExplain },
  VariableShowStmt: { kind: "show", visit: visitShow },
  FetchStmt: { kind: ({ ismove }) => (ismove === true ? "move" : "fetch"), visit: visitFetch },
  TruncateStmt: { kind: "truncate", visit: visitTruncate },
  LockStmt: { kind: "lock", visit: visitLock },

  // Transactions and the session.
  TransactionStmt: { kind: transactionKind, visit: visitTransaction },
  ConstraintsSetStmt: plain("set_constraints"),
  VariableSetStmt: { kind: setKind, visit: visitSet },
  DiscardStmt: { kind: "discard", visit: visitDiscard },
  PrepareStmt: { kind: "prepare", visit: visitPrepare },
  ExecuteStmt: { kind: "execute", visit: visitExecute },
  DeallocateStmt: { kind: "deallocate", visit: visitDeallocate },
  DeclareCursorStmt: { kind: "declare", visit: visitDeclare },
  ClosePortalStmt: { kind: "close", visit: visitClose },
  ListenStmt: { kind: "listen", visit: visitListen },
  NotifyStmt: plain("notify"),
  UnlistenStmt: { kind: "unlisten", visit: visitUnlisten },

  // Code.
  DoStmt: { kind: "do", visit: visitDo },
  CallStmt: { kind: "call", visit: visitCall },
  CreateFunctionStmt: {
    kind: ({ is_procedure }) => (is_procedure === true ? "create_procedure" : "create_function"),
    visit: visitCreateFunction,
  },
  /** No command of its own: a body in standard SQL. */
  ReturnStmt: { kind: "select", visit: visitReturn },

  // Upkeep.
  VacuumStmt: defines(({ is_vacuumcmd }) => (is_vacuumcmd === true ? "vacuum" : "analyze")),
  ClusterStmt: defines("cluster"),
  CheckPointStmt: plain("checkpoint"),
  LoadStmt: { kind: "load", visit: (context) => void context.outside.add("library") },
  AlterSystemStmt: plain("alter_system"),
  ReindexStmt: defines("reindex"),

  // Relations.
  CreateStmt: defines("create_table", ({ relation, partspec }) => ({
    makes: [{ range: relation, kind: partspec === undefined ? "table" : "partitioned_table" }],
  })),
  CreateForeignTableStmt: defines("create_foreign_table", ({ base }) => ({
    makes: [{ range: base?.relation, kind: "foreign_table" }],
  })),
  CreateTableAsStmt: {
    kind: ({ objtype }) => (objtype === "OBJECT_MATVIEW" ? "create_materialized_view" : "create_table_as"),
    visit: visitCreateTableAs,
  },
  ViewStmt: { kind: "create_view", visit: visitView },
  RefreshMatViewStmt: { kind: "refresh_materialized_view", visit: visitRefresh },
  IndexStmt: { kind: "create_index", visit: visitIndex },
  CreateSeqStmt: defines("create_sequence", ({ sequence, options }) => ({
    makes: [{ range: sequence, kind: "sequence" }],
    names: ownerOf(options),
  })),
  AlterSeqStmt: defines("alter_sequence", ({ options, missing_ok }) => ({
    names: ownerOf(options),
    optional: missing_ok === true,
  })),
  AlterTableStmt: { kind: ({ objtype }) => objectKind("alter", objtype), visit: visitAlterTable },
  AlterTableMoveAllStmt: untold("alter_table", "ALTER TABLE ALL IN TABLESPACE"),
  CreateStatsStmt: defines("create_statistics"),
  AlterStatsStmt: defines("alter_statistics"),
  CompositeTypeStmt: defines("create_type", ({ typevar }) => ({
    makes: [{ range: typevar, kind: "composite_type" }],
  })),

  // What belongs to relations. A rule's actions and a trigger's function run with a later statement, and are read then.
  RuleStmt: defines("create_rule", () => ({ without: new Set(["actions", "whereClause"]) })),
  CreateTrigStmt: defines("create_trigger"),
  CreatePolicyStmt: defines("create_policy"),
  AlterPolicyStmt: defines("alter_policy"),
  CreatePublicationStmt: defines("create_publication"),
  AlterPublicationStmt: defines("alter_publication"),

  // Objects of any type.
  DropStmt: { kind: ({ removeType }) => objectKind("drop", removeType), visit: visitDrop },
  RenameStmt: {
    kind: ({ renameType, relationType }) =>
      objectKind("alter", renameType === "OBJECT_COLUMN" ? relationType : renameType),
    visit: visitRename,
  },
  AlterObjectSchemaStmt: {
    kind: ({ objectType }) => objectKind("alter", objectType),
    visit: visitSetSchema,
  },
  AlterObjectDependsStmt: defines(
    ({ objectType }) => objectKind("alter", objectType),
    ({ objectType, object }) => ({ names: relationsOf(objectType, [object]) }),
  ),
  AlterOwnerStmt: {
    kind: ({ objectType }) => objectKind("alter", objectType),
    visit: (context, statement) => {
      context.kinds.add("alter_owner");
      visitDefinition(context, statement, {});
    },
  },
  CommentStmt: defines("comment", ({ objtype, object }) => ({ names: relationsOf(objtype, [object]) })),
  SecLabelStmt: defines("security_label", ({ objtype, object }) => ({
    names: relationsOf(objtype, [object]),
  })),
  DefineStmt: defines(({ kind }) => objectKind("create", kind)),

  // Who may do what.
  GrantStmt: { kind: ({ is_grant }) => (is_grant === true ? "grant" : "revoke"), visit: visitGrant },
  GrantRoleStmt: defines(({ is_grant }) => (is_grant === true ? "grant_role" : "revoke_role")),
  AlterDefaultPrivilegesStmt: defines("alter_default_privileges"),
  CreateRoleStmt: defines("create_role"),
  AlterRoleStmt: defines("alter_role"),
  AlterRoleSetStmt: defines("alter_role"),
  DropRoleStmt: defines("drop_role"),
  DropOwnedStmt: untold("drop_owned", "DROP OWNED"),
  ReassignOwnedStmt: untold("reassign_owned", "REASSIGN OWNED"),
  CreateUserMappingStmt: defines("create_user_mapping"),
  AlterUserMappingStmt: defines("alter_user_mapping"),
  DropUserMappingStmt: defines("drop_user_mapping"),

  // Everything else that can be defined.
  CreateSchemaStmt: { kind: "create_schema", visit: visitCreateSchema },
  CreateExtensionStmt: defines("create_extension"),
  AlterExtensionStmt: defines("alter_extension"),
  AlterExtensionContentsStmt: defines("alter_extension", ({ objtype, object }) => ({
    names: relationsOf(objtype, [object]),
  })),
  CreateDomainStmt: defines("create_domain"),
  AlterDomainStmt: defines("alter_domain"),
  CreateEnumStmt: defines("create_type"),
  CreateRangeStmt: defines("create_type"),
  AlterEnumStmt: defines("alter_type"),
  AlterTypeStmt: defines("alter_type"),
  AlterFunctionStmt: defines(({ objtype }) => objectKind("alter", objtype)),
  AlterOperatorStmt: defines("alter_operator"),
  CreateOpClassStmt: defines("create_operator_class"),
  CreateOpFamilyStmt: defines("create_operator_family"),
  AlterOpFamilyStmt: defines("alter_operator_family"),
  CreateCastStmt: defines("create_cast"),
  CreateConversionStmt: defines("create_conversion"),
  CreateTransformStmt: defines("create_transform"),
  AlterCollationStmt: defines("alter_collation"),
  CreatePLangStmt: defines("create_language"),
  CreateAmStmt: defines("create_access_method"),
  AlterTSDictionaryStmt: defines("alter_text_search_dictionary"),
  AlterTSConfigurationStmt: defines("alter_text_search_configuration"),
  CreateEventTrigStmt: defines("create_event_trigger"),
  AlterEventTrigStmt: defines("alter_event_trigger"),
  CreateFdwStmt: defines("create_foreign_data_wrapper"),
  AlterFdwStmt: defines("alter_foreign_data_wrapper"),
  CreateForeignServerStmt: defines("create_server"),
  AlterForeignServerStmt: defines("alter_server"),
  ImportForeignSchemaStmt: { kind: "import_foreign_schema", visit: visitImport },
  CreateSubscriptionStmt: defines("create_subscription"),
  AlterSubscriptionStmt: defines("alter_subscription"),
  DropSubscriptionStmt: defines("drop_subscription"),
  CreatedbStmt: defines("create_database"),
  AlterDatabaseStmt: defines("alter_database"),
  AlterDatabaseRefreshCollStmt: defines("alter_database"),
  AlterDatabaseSetStmt: defines("alter_database"),
  DropdbStmt: defines("drop_database"),
  CreateTableSpaceStmt: {
    kind: "create_tablespace",
    visit: (context) => void context.outside.add("server_file"),
  },
  AlterTableSpaceOptionsStmt: defines("alter_tablespace"),
  DropTableSpaceStmt: defines("drop_tablespace"),
};
