//! What is refused, and that the refusal names the place.

use crate::template::Template;

const SMALL: &str = r#"
Resources:
  ThingsTable:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: !Sub "${AWS::StackName}-things"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: _pk, AttributeType: S}
        - {AttributeName: _sk, AttributeType: N}
      KeySchema:
        - {AttributeName: _pk, KeyType: HASH}
      GlobalSecondaryIndexes:
        - IndexName: by_number
          KeySchema:
            - {AttributeName: _sk, KeyType: HASH}
          Projection: {ProjectionType: KEYS_ONLY}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: STANDARD
      Name: !Sub "${AWS::StackName}-machine"
      DefinitionUri: machine.json
      DefinitionSubstitutions: {FunctionArn: !GetAtt Function.Arn}
  Function:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/f, Timeout: 3}
"#;

/// What parsing says once `from` is written as `to`.
fn refusal(from: &str, to: &str) -> (String, String) {
    assert_eq!(SMALL.matches(from).count(), 1, "{from}");
    let error = Template::parse(&SMALL.replace(from, to)).unwrap_err();
    (error.path, error.message)
}

fn assert_refused(from: &str, to: &str, path: &str, message: &str) {
    let (found_path, found_message) = refusal(from, to);
    assert_eq!(found_path, path);
    assert!(found_message.contains(message), "{found_message}");
}

#[test]
fn the_sample_itself_is_accepted() {
    let template = Template::parse(SMALL).unwrap();
    assert_eq!(template.tables()[0].environment_variable(), "THINGS_TABLE");
    assert_eq!(template.functions()[0].environment.len(), 0);
}

#[test]
fn an_unknown_table_property_is_refused_by_name() {
    assert_refused(
        "BillingMode: PAY_PER_REQUEST",
        "StreamSpecification: {StreamViewType: NEW_IMAGE}",
        "Resources.ThingsTable.Properties.StreamSpecification",
        "unknown field `StreamSpecification`",
    );
}

#[test]
fn unknown_members_further_down_are_refused_by_name() {
    let index = "Resources.ThingsTable.Properties.GlobalSecondaryIndexes[0]";
    assert_refused(
        "Projection: {ProjectionType: KEYS_ONLY}",
        "Projection: {ProjectionType: KEYS_ONLY}\n          WarmThroughput: {}",
        &format!("{index}.WarmThroughput"),
        "unknown field `WarmThroughput`",
    );
    assert_refused(
        "DeletionPolicy: Retain",
        "Condition: IsProduction",
        "Resources.ThingsTable.Condition",
        "unknown field `Condition`",
    );
    assert_refused(
        "{ProjectionType: KEYS_ONLY}",
        "{ProjectionType: ALL, NonKeyAttributes: [name]}",
        &format!("{index}.Projection"),
        "unknown field `NonKeyAttributes`",
    );
}

#[test]
fn an_unknown_projection_is_refused() {
    let path = "Resources.ThingsTable.Properties.GlobalSecondaryIndexes[0].Projection";
    assert_refused(
        "ProjectionType: KEYS_ONLY",
        "ProjectionType: SOME",
        &format!("{path}.ProjectionType"),
        "unknown variant `SOME`",
    );
    assert_refused(
        "ProjectionType: KEYS_ONLY",
        "ProjectionType: INCLUDE",
        path,
        "missing field `NonKeyAttributes`",
    );
}

#[test]
fn an_intrinsic_is_refused_where_a_literal_is_required() {
    let path = "Resources.ThingsTable.Properties";
    let name = format!("{path}.GlobalSecondaryIndexes[0].IndexName");
    assert_refused(
        "IndexName: by_number",
        "IndexName: !Ref Name",
        &name,
        "invalid type: map, expected a string",
    );
    assert_refused(
        "IndexName: by_number",
        "IndexName: {Ref: Name}",
        &name,
        "invalid type: map, expected a string",
    );
    assert_refused(
        "Projection: {ProjectionType: KEYS_ONLY}",
        "Projection: {Fn::If: [A, B, C]}",
        &format!("{path}.GlobalSecondaryIndexes[0].Projection"),
        "missing field `ProjectionType`",
    );
    assert_refused(
        "{AttributeName: _pk, AttributeType: S}",
        "!If [A, B, C]",
        &format!("{path}.AttributeDefinitions[0].!If"),
        "unknown field `!If`",
    );
}

#[test]
fn keys_and_definitions_must_agree() {
    let path = "Resources.ThingsTable.Properties";
    assert_refused(
        "{AttributeName: _pk, KeyType: HASH}",
        "{AttributeName: _id, KeyType: HASH}",
        &format!("{path}.AttributeDefinitions"),
        "_id is part of a key and not among them",
    );
    assert_refused(
        "- {AttributeName: _sk, AttributeType: N}",
        "- {AttributeName: _sk, AttributeType: N}\n        - {AttributeName: extra, AttributeType: B}",
        &format!("{path}.AttributeDefinitions"),
        "extra is part of no key",
    );
    assert_refused(
        "{AttributeName: _pk, KeyType: HASH}",
        "{AttributeName: _pk, KeyType: RANGE}",
        &format!("{path}.KeySchema"),
        "must be a HASH",
    );
    assert_refused(
        "AttributeType: N",
        "AttributeType: NUMBER",
        &format!("{path}.AttributeDefinitions[1].AttributeType"),
        "unknown variant `NUMBER`",
    );
}

#[test]
fn names_must_carry_the_stack_and_nothing_else_that_varies() {
    let path = "Resources.ThingsTable.Properties.TableName";
    for name in [
        "things",
        "!Ref Name",
        "!Sub \"${AWS::StackName}-${Stage}\"",
        "!Sub \"${AWS::StackName}-\"",
    ] {
        let from = "!Sub \"${AWS::StackName}-things\"";
        assert_refused(from, name, path, "${AWS::StackName}-<name>");
    }
}

#[test]
fn a_state_machine_the_local_stack_can_not_run_is_refused() {
    let path = "Resources.Machine.Properties";
    assert_refused(
        "Type: STANDARD",
        "Type: EXPRESS",
        &format!("{path}.Type"),
        "unknown variant `EXPRESS`",
    );
    let arn = format!("{path}.DefinitionSubstitutions.FunctionArn");
    for other in ["!Ref Function", "!GetAtt Function.Version", "[text]"] {
        assert_refused(
            "!GetAtt Function.Arn",
            other,
            &arn,
            "text or !GetAtt <logical id>.Arn",
        );
    }
    assert_refused(
        "DefinitionUri: machine.json",
        "Role: x",
        path,
        "missing field `DefinitionUri`",
    );
}

#[test]
fn a_function_without_a_time_limit_is_refused() {
    assert_refused(
        ", Timeout: 3",
        "",
        "Resources.Function.Properties",
        "Timeout is missing",
    );
    assert_refused(
        "Timeout: 3",
        "Timeout: 3.5",
        "Resources.Function.Properties.Timeout",
        "invalid number",
    );
}

#[test]
fn text_that_is_no_template_is_refused() {
    let error = Template::parse("Resources: [").unwrap_err();
    assert!(error.to_string().starts_with("template: "), "{error}");
    let error = Template::parse("Outputs: {}").unwrap_err();
    assert_eq!(error.to_string(), "template: missing field `Resources`");
}
